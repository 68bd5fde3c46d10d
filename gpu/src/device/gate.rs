//! Order between threads that open and close devices and threads that send work to others.
//!
//! NVIDIA's Vulkan driver (580.159) was seen to deadlock where one thread destroys a device while another submits to its
//! own or lists adapters, so that these never run at the same time in a process.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

struct State {
    working: usize,
    changing: bool,
}

static STATE: Mutex<State> = Mutex::new(State { working: 0, changing: false });
static FREED: Condvar = Condvar::new();

/// Work is sent while this lives.
pub(super) struct Work(());

/// A device is opened or closed while this lives, and no work is sent.
pub(super) struct Change(());

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until no device is opened or closed.
pub(super) fn work() -> Work {
    let mut state = FREED.wait_while(state(), |state| state.changing).unwrap_or_else(PoisonError::into_inner);
    state.working += 1;
    Work(())
}

/// Waits until nobody else is inside.
pub(super) fn change() -> Change {
    let taken = |state: &mut State| state.changing || state.working > 0;
    let mut state = FREED.wait_while(state(), taken).unwrap_or_else(PoisonError::into_inner);
    state.changing = true;
    Change(())
}

impl Drop for Work {
    fn drop(&mut self) {
        state().working -= 1;
        FREED.notify_all();
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        state().changing = false;
        FREED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    #[test]
    fn nothing_is_sent_while_a_device_is_opened_or_closed() {
        static WORKING: AtomicUsize = AtomicUsize::new(0);
        static TOGETHER: AtomicUsize = AtomicUsize::new(0);
        thread::scope(|scope| {
            for i in 0..8 {
                scope.spawn(move || {
                    for _ in 0..20 {
                        if i % 4 == 0 {
                            let _change = change();
                            assert_eq!(WORKING.load(Ordering::SeqCst), 0);
                            thread::sleep(Duration::from_micros(50));
                            assert_eq!(WORKING.load(Ordering::SeqCst), 0);
                        } else {
                            let _work = work();
                            let working = WORKING.fetch_add(1, Ordering::SeqCst) + 1;
                            TOGETHER.fetch_max(working, Ordering::SeqCst);
                            thread::sleep(Duration::from_micros(200));
                            WORKING.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        // Work goes on beside other work.
        assert!(TOGETHER.load(Ordering::SeqCst) > 1);
    }
}
