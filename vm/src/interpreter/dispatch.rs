//! The dispatch loop.
//!
//! Each instruction is a function that ends by calling the next one. The call is in tail position, its five arguments
//! travel in registers and nothing with a destructor is alive, so an optimised build turns it into a jump; the test
//! `long_code_runs_in_constant_stack` fails where it does not. Builds with debug assertions and traced runs return to
//! [`run`] after each instruction instead.
#![allow(unsafe_code, reason = "threaded dispatch over raw code and stack pointers, measured to pay")]

use super::Stack;
use super::ops;
use super::stack::height_bytes;
use super::word::{self, Word};
use crate::evm::Evm;
use crate::fork::Fork;
use crate::opcode::{self, OpcodeTable};
use crate::spec::Extensions;
use erbium_claims::{Fault, Halt};
use std::sync::OnceLock;

/// Where a frame stands: next instruction, next free stack slot, gas left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    pub(crate) ip: *const u8,
    pub(crate) sp: *mut Word,
    pub(crate) gas: i64,
}

/// Why the loop came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Step {
    /// One instruction is done (stepping builds only).
    Continue,
    /// The frame ended well without output.
    Stop,
    /// The frame ended well; the output is in `Evm::output`.
    Return,
    /// The frame reverted; the output is in `Evm::output`.
    Revert,
    /// The frame waits for `Evm::action`.
    Suspend,
    /// The frame broke the rule in `Evm::halt`.
    Halt,
    /// `Evm::fault` says what failed.
    Fault,
}

/// Why an instruction does not go on to the next one.
pub(crate) enum Exit {
    Halt(Halt),
    End(Step),
    Fault(Box<Fault>),
}

impl From<Halt> for Exit {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<Fault> for Exit {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// An instruction. Safe to call only with pointers into the running frame's code and stack after its row was checked.
type Handler = unsafe fn(*const u8, *mut Word, i64, &mut Evm<'_>, *const Entry) -> Step;

/// A row of the opcode table, ready for the loop. Heights are in bytes.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Entry {
    handler: Handler,
    gas: u32,
    min: u16,
    span: u16,
}

/// The entries of one fork.
pub(crate) struct Instructions {
    entries: [Entry; 256],
}

/// Stepping is decided at build time of the tables; debug builds always step, since they do not optimise tail calls.
const ALWAYS_STEP: bool = cfg!(debug_assertions);

impl Instructions {
    /// Entries of a fork; `stepping` ones come back after each instruction.
    pub(crate) fn of(fork: Fork, extensions: Extensions, stepping: bool) -> &'static Self {
        static SETS: OnceLock<Vec<OnceLock<Instructions>>> = OnceLock::new();
        let sets = SETS.get_or_init(|| (0..Fork::ALL.len() * 4).map(|_| OnceLock::new()).collect());
        let at =
            fork as usize * 4 + usize::from(extensions == Extensions::Erbium) * 2 + usize::from(stepping);
        sets[at].get_or_init(|| {
            let table = OpcodeTable::of(fork, extensions);
            if stepping || ALWAYS_STEP { Self::build::<true>(table) } else { Self::build::<false>(table) }
        })
    }

    fn build<const STEP: bool>(table: &OpcodeTable) -> Self {
        let undefined = Entry { handler: undefined, gas: 0, min: 0, span: u16::MAX };
        let mut entries = [undefined; 256];
        for byte in 0..=255u8 {
            let (Some(row), Some(handler)) = (table.get(byte), handler::<STEP>(byte)) else { continue };
            let min = u16::from(row.pops) * 32;
            let growth = u16::from(row.pushes.saturating_sub(row.pops)) * 32;
            let most = (Stack::LIMIT * 32) as u16 - growth;
            entries[usize::from(byte)] = Entry { handler, gas: row.gas, min, span: most - min };
        }
        Self { entries }
    }
}

/// Runs the current frame from `evm.cursor` until it ends or suspends; with `stepping` entries, one instruction.
pub(crate) fn run(evm: &mut Evm<'_>) -> Step {
    let table = evm.instructions.entries.as_ptr();
    loop {
        let Cursor { ip, sp, gas } = evm.cursor;
        // SAFETY: the cursor of the running frame points into its padded code and its stack (set at frame entry and by
        // the instructions, which keep both), and the table has an entry for every byte.
        let step = unsafe { dispatch(ip, sp, gas, evm, table) };
        if step != Step::Continue || evm.stepping {
            return step;
        }
    }
}

/// Checks the row of the instruction at `ip` and runs it.
#[inline(always)]
unsafe fn dispatch(ip: *const u8, sp: *mut Word, gas: i64, evm: &mut Evm<'_>, table: *const Entry) -> Step {
    // SAFETY: code is padded with STOP, so `ip` is readable (caller); the table has 256 entries.
    let entry = unsafe { &*table.add(usize::from(*ip)) };
    let left = gas - i64::from(entry.gas);
    let above = height_bytes(sp).wrapping_sub(usize::from(entry.min));
    if left < 0 || above > usize::from(entry.span) {
        return refuse(sp, left, evm, entry);
    }
    // SAFETY: the row's needs are met.
    unsafe { (entry.handler)(ip, sp, left, evm, table) }
}

/// Goes on at `ip`: by a tail call, or by way of [`run`] when stepping.
#[inline(always)]
unsafe fn next<const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    if STEP {
        evm.cursor = Cursor { ip, sp, gas };
        return Step::Continue;
    }
    // SAFETY: handed on from the instruction that ends.
    unsafe { dispatch(ip, sp, gas, evm, table) }
}

#[cold]
#[inline(never)]
fn refuse(sp: *mut Word, left: i64, evm: &mut Evm<'_>, entry: &Entry) -> Step {
    let height = height_bytes(sp);
    evm.halt = if height < usize::from(entry.min) {
        Halt::StackUnderflow
    } else if height > usize::from(entry.min) + usize::from(entry.span) {
        Halt::StackOverflow
    } else {
        debug_assert!(left < 0);
        Halt::OutOfGas
    };
    Step::Halt
}

#[cold]
#[inline(never)]
fn halted(halt: Halt, evm: &mut Evm<'_>) -> Step {
    evm.halt = halt;
    Step::Halt
}

unsafe fn undefined(ip: *const u8, _: *mut Word, _: i64, evm: &mut Evm<'_>, _: *const Entry) -> Step {
    // SAFETY: `ip` is where the opcode was read.
    evm.invalid_opcode = unsafe { *ip };
    halted(Halt::InvalidOpcode, evm)
}

/// Turns what a heavy instruction says into one integer: gas left, or -1 with the step noted in `evm`.
#[inline(always)]
fn pack(result: Result<i64, Exit>, evm: &mut Evm<'_>) -> i64 {
    match result {
        Ok(gas) => gas,
        Err(exit) => {
            evm.step = match exit {
                Exit::Halt(halt) => {
                    evm.halt = halt;
                    Step::Halt
                }
                Exit::End(step) => step,
                Exit::Fault(fault) => {
                    evm.fault = Some(*fault);
                    Step::Fault
                }
            };
            -1
        }
    }
}

/// A view of the `N` slots from the deepest operand up.
///
/// # Safety
/// The row was checked, so the slots are inside the block; the view ends before `sp` is used again.
#[inline(always)]
unsafe fn slots<'s, const N: usize>(bottom: *mut Word) -> &'s mut [Word; N] {
    // SAFETY: see above; slots are initialised words.
    unsafe { &mut *bottom.cast::<[Word; N]>() }
}

/// Slots an instruction sees: its operands or its results, whichever are more.
const fn view(pops: usize, pushes: usize) -> usize {
    if pops > pushes { pops } else { pushes }
}

/// `pure!(name, pops => pushes, body)`: `body(&mut [Word; N])` cannot fail and sees nothing but its slots.
/// `light!`: `body(&mut Evm, &mut [Word; N], gas) -> Result<i64, Halt>`, inlined: no locals whose address is taken.
/// `heavy!`: `body(&mut Evm, &mut [Word; N], gas) -> Result<i64, Exit>`, called.
macro_rules! instruction {
    (pure, $name:ident, $pops:literal => $pushes:literal, $body:path) => {
        unsafe fn $name<const STEP: bool>(
            ip: *const u8,
            sp: *mut Word,
            gas: i64,
            evm: &mut Evm<'_>,
            table: *const Entry,
        ) -> Step {
            // SAFETY: the row was checked for these pops and pushes.
            unsafe {
                let bottom = sp.sub($pops);
                $body(slots::<{ view($pops, $pushes) }>(bottom));
                next::<STEP>(ip.add(1), bottom.add($pushes), gas, evm, table)
            }
        }
    };
    (light, $name:ident, $pops:literal => $pushes:literal, $body:path) => {
        unsafe fn $name<const STEP: bool>(
            ip: *const u8,
            sp: *mut Word,
            gas: i64,
            evm: &mut Evm<'_>,
            table: *const Entry,
        ) -> Step {
            // SAFETY: as above.
            unsafe {
                let bottom = sp.sub($pops);
                match $body(evm, slots::<{ view($pops, $pushes) }>(bottom), gas) {
                    Ok(gas) => next::<STEP>(ip.add(1), bottom.add($pushes), gas, evm, table),
                    Err(halt) => halted(halt, evm),
                }
            }
        }
    };
    (heavy, $name:ident, $pops:literal => $pushes:literal, $body:path) => {
        unsafe fn $name<const STEP: bool>(
            ip: *const u8,
            sp: *mut Word,
            gas: i64,
            evm: &mut Evm<'_>,
            table: *const Entry,
        ) -> Step {
            #[inline(never)]
            fn packed(evm: &mut Evm<'_>, slots: &mut [Word; view($pops, $pushes)], gas: i64) -> i64 {
                let result = $body(evm, slots, gas);
                pack(result, evm)
            }
            // SAFETY: as above.
            unsafe {
                let bottom = sp.sub($pops);
                let gas = packed(evm, slots::<{ view($pops, $pushes) }>(bottom), gas);
                if gas < 0 {
                    // A suspended frame goes on behind this instruction, with its operands gone; the driver pushes
                    // the result. Gas is what the instruction left in the cursor.
                    evm.cursor.ip = ip.add(1);
                    evm.cursor.sp = bottom;
                    return evm.step;
                }
                next::<STEP>(ip.add(1), bottom.add($pushes), gas, evm, table)
            }
        }
    };
}

macro_rules! instructions {
    ($($class:ident $name:ident: $pops:literal => $pushes:literal, $body:path;)*) => {
        $(instruction!($class, $name, $pops => $pushes, $body);)*
    };
}

instructions! {
    pure add: 2 => 1, ops::arithmetic::add;
    pure mul: 2 => 1, ops::arithmetic::mul;
    pure sub: 2 => 1, ops::arithmetic::sub;
    pure div: 2 => 1, ops::arithmetic::div;
    pure sdiv: 2 => 1, ops::arithmetic::sdiv;
    pure rem: 2 => 1, ops::arithmetic::rem;
    pure smod: 2 => 1, ops::arithmetic::smod;
    pure addmod: 3 => 1, ops::arithmetic::addmod;
    pure mulmod: 3 => 1, ops::arithmetic::mulmod;
    pure signextend: 2 => 1, ops::arithmetic::signextend;
    heavy exp: 2 => 1, ops::arithmetic::exp;
    pure lt: 2 => 1, ops::bitwise::lt;
    pure gt: 2 => 1, ops::bitwise::gt;
    pure slt: 2 => 1, ops::bitwise::slt;
    pure sgt: 2 => 1, ops::bitwise::sgt;
    pure eq: 2 => 1, ops::bitwise::eq;
    pure iszero: 1 => 1, ops::bitwise::iszero;
    pure and: 2 => 1, ops::bitwise::and;
    pure or: 2 => 1, ops::bitwise::or;
    pure xor: 2 => 1, ops::bitwise::xor;
    pure not: 1 => 1, ops::bitwise::not;
    pure byte: 2 => 1, ops::bitwise::byte;
    pure shl: 2 => 1, ops::bitwise::shl;
    pure shr: 2 => 1, ops::bitwise::shr;
    pure sar: 2 => 1, ops::bitwise::sar;
    pure clz: 1 => 1, ops::bitwise::clz;
    heavy keccak256: 2 => 1, ops::data::keccak256;
    light address: 0 => 1, ops::environment::address;
    light origin: 0 => 1, ops::environment::origin;
    light caller: 0 => 1, ops::environment::caller;
    light callvalue: 0 => 1, ops::environment::callvalue;
    light gasprice: 0 => 1, ops::environment::gasprice;
    light coinbase: 0 => 1, ops::environment::coinbase;
    light timestamp: 0 => 1, ops::environment::timestamp;
    light number: 0 => 1, ops::environment::number;
    light prevrandao: 0 => 1, ops::environment::prevrandao;
    light gaslimit: 0 => 1, ops::environment::gaslimit;
    light chainid: 0 => 1, ops::environment::chainid;
    light selfbalance: 0 => 1, ops::environment::selfbalance;
    light basefee: 0 => 1, ops::environment::basefee;
    light blobbasefee: 0 => 1, ops::environment::blobbasefee;
    light blobhash: 1 => 1, ops::environment::blobhash;
    heavy blockhash: 1 => 1, ops::environment::blockhash;
    heavy balance: 1 => 1, ops::environment::balance;
    heavy extcodesize: 1 => 1, ops::environment::extcodesize;
    heavy extcodehash: 1 => 1, ops::environment::extcodehash;
    heavy extcodecopy: 4 => 0, ops::environment::extcodecopy;
    light calldataload: 1 => 1, ops::data::calldataload;
    light calldatasize: 0 => 1, ops::data::calldatasize;
    heavy calldatacopy: 3 => 0, ops::data::calldatacopy;
    light codesize: 0 => 1, ops::data::codesize;
    heavy codecopy: 3 => 0, ops::data::codecopy;
    light returndatasize: 0 => 1, ops::data::returndatasize;
    heavy returndatacopy: 3 => 0, ops::data::returndatacopy;
    light mload: 1 => 1, ops::memory::mload;
    light mstore: 2 => 0, ops::memory::mstore;
    light mstore8: 2 => 0, ops::memory::mstore8;
    light msize: 0 => 1, ops::memory::msize;
    heavy mcopy: 3 => 0, ops::memory::mcopy;
    heavy sload: 1 => 1, ops::storage::sload;
    heavy sstore: 2 => 0, ops::storage::sstore;
    heavy tload: 1 => 1, ops::storage::tload;
    heavy tstore: 2 => 0, ops::storage::tstore;
    heavy log0: 2 => 0, ops::log::log;
    heavy log1: 3 => 0, ops::log::log;
    heavy log2: 4 => 0, ops::log::log;
    heavy log3: 5 => 0, ops::log::log;
    heavy log4: 6 => 0, ops::log::log;
    heavy create: 3 => 1, ops::call::create;
    heavy create2: 4 => 1, ops::call::create2;
    heavy call: 7 => 1, ops::call::call;
    heavy callcode: 7 => 1, ops::call::callcode;
    heavy delegatecall: 6 => 1, ops::call::delegatecall;
    heavy staticcall: 6 => 1, ops::call::staticcall;
    heavy ret: 2 => 0, ops::end::ret;
    heavy revert: 2 => 0, ops::end::revert;
    heavy selfdestruct: 1 => 0, ops::end::selfdestruct;
    pure pop: 1 => 0, ops::stack::pop;
    pure jumpdest: 0 => 0, ops::stack::jumpdest;
    pure push0: 0 => 1, ops::stack::push0;
}

unsafe fn stop(_: *const u8, _: *mut Word, gas: i64, evm: &mut Evm<'_>, _: *const Entry) -> Step {
    evm.cursor.gas = gas;
    evm.output.clear();
    Step::Stop
}

unsafe fn pc<const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    let at = ip.addr() - evm.frame.code.padded().as_ptr().addr();
    // SAFETY: the row was checked for one push.
    unsafe {
        sp.write(word::small(at as u64));
        next::<STEP>(ip.add(1), sp.add(1), gas, evm, table)
    }
}

unsafe fn gas_left<const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked for one push.
    unsafe {
        sp.write(word::small(gas.unsigned_abs()));
        next::<STEP>(ip.add(1), sp.add(1), gas, evm, table)
    }
}

/// The position in the running code that a jump may go to.
#[inline(always)]
fn destination(evm: &Evm<'_>, target: &Word) -> Option<*const u8> {
    let target = word::to_u64(target)? as usize;
    let bits = evm.frame.jumpdests();
    let bit = bits.get(target / 64)? >> (target % 64) & 1;
    (bit == 1).then(|| evm.frame.code.padded().as_ptr().wrapping_add(target))
}

unsafe fn jump<const STEP: bool>(
    _: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked for one pop; a destination is inside the code.
    unsafe {
        let sp = sp.sub(1);
        match destination(evm, &*sp) {
            Some(ip) => next::<STEP>(ip, sp, gas, evm, table),
            None => halted(Halt::InvalidJumpDestination, evm),
        }
    }
}

unsafe fn jumpi<const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked for two pops; a destination is inside the code.
    unsafe {
        let sp = sp.sub(2);
        if word::is_zero(&*sp) {
            return next::<STEP>(ip.add(1), sp, gas, evm, table);
        }
        match destination(evm, &*sp.add(1)) {
            Some(ip) => next::<STEP>(ip, sp, gas, evm, table),
            None => halted(Halt::InvalidJumpDestination, evm),
        }
    }
}

/// PUSH1 to PUSH32. `N` bytes behind the opcode are readable: code is padded by 33.
unsafe fn push<const N: usize, const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: padding as said; the row was checked for one push.
    unsafe {
        let bytes = &*ip.add(1).cast::<[u8; N]>();
        let mut limbs = [0u64; 4];
        let whole = N / 8;
        let mut at = 0;
        while at < whole {
            let end = N - at * 8;
            limbs[at] = u64::from_be_bytes([
                bytes[end - 8],
                bytes[end - 7],
                bytes[end - 6],
                bytes[end - 5],
                bytes[end - 4],
                bytes[end - 3],
                bytes[end - 2],
                bytes[end - 1],
            ]);
            at += 1;
        }
        let mut first = 0;
        let mut byte = 0;
        while byte < N % 8 {
            first = first << 8 | u64::from(bytes[byte]);
            byte += 1;
        }
        if whole * 8 < N {
            limbs[whole] = first;
        }
        sp.write(primitive_types::U256(limbs));
        next::<STEP>(ip.add(1 + N), sp.add(1), gas, evm, table)
    }
}

unsafe fn dup<const N: usize, const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked: N items are there and there is room for one more.
    unsafe {
        sp.write(sp.sub(N).read());
        next::<STEP>(ip.add(1), sp.add(1), gas, evm, table)
    }
}

unsafe fn swap<const N: usize, const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked: N + 1 items are there.
    unsafe {
        let (top, other) = (sp.sub(1), sp.sub(N + 1));
        let held = top.read();
        top.write(other.read());
        other.write(held);
        next::<STEP>(ip.add(1), sp, gas, evm, table)
    }
}

/// An extension: `byte` is its own, `length` what it takes in code.
#[inline(always)]
unsafe fn extension<const STEP: bool>(
    (byte, length): (u8, usize),
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    #[inline(never)]
    fn packed(evm: &mut Evm<'_>, byte: u8, operands: &mut [Word], gas: i64) -> i64 {
        let result = ops::extension::extension(evm, byte, operands, gas);
        pack(result, evm)
    }
    let Some(row) = OpcodeTable::of(evm.spec.fork, evm.spec.extensions).extension(byte) else {
        evm.invalid_opcode = byte;
        return halted(Halt::InvalidOpcode, evm);
    };
    let pops = usize::from(row.pops);
    if height_bytes(sp) < pops * size_of::<Word>() {
        return halted(Halt::StackUnderflow, evm);
    }
    // SAFETY: that many items are there, and every extension pops more than it pushes.
    unsafe {
        let bottom = sp.sub(pops);
        let gas = packed(evm, byte, std::slice::from_raw_parts_mut(bottom, pops), gas);
        if gas < 0 {
            evm.cursor.ip = ip.add(length);
            evm.cursor.sp = bottom;
            return evm.step;
        }
        next::<STEP>(ip.add(length), bottom.add(1), gas, evm, table)
    }
}

/// 0xAE and the extension's byte. At the end of code the second byte reads as the padding's STOP, which is none.
unsafe fn extension_page<const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: code is padded; the rest is handed on.
    unsafe { extension::<STEP>((*ip.add(1), 2), ip, sp, gas, evm, table) }
}

unsafe fn extension_short<const STEP: bool>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: handed on.
    unsafe { extension::<STEP>((*ip, 1), ip, sp, gas, evm, table) }
}

/// Families of handlers whose bytes follow one another, by number from 1.
macro_rules! numbered {
    ($function:ident, $step:ident, $n:expr, $($literal:literal)*) => {
        match $n { $($literal => $function::<$literal, $step> as Handler,)* _ => return None }
    };
}

/// The function that runs a byte, whatever the fork.
fn handler<const STEP: bool>(byte: u8) -> Option<Handler> {
    use opcode::*;
    let handler: Handler = match byte {
        STOP => stop,
        ADD => add::<STEP>,
        MUL => mul::<STEP>,
        SUB => sub::<STEP>,
        DIV => div::<STEP>,
        SDIV => sdiv::<STEP>,
        MOD => rem::<STEP>,
        SMOD => smod::<STEP>,
        ADDMOD => addmod::<STEP>,
        MULMOD => mulmod::<STEP>,
        EXP => exp::<STEP>,
        SIGNEXTEND => signextend::<STEP>,
        LT => lt::<STEP>,
        GT => gt::<STEP>,
        SLT => slt::<STEP>,
        SGT => sgt::<STEP>,
        EQ => eq::<STEP>,
        ISZERO => iszero::<STEP>,
        AND => and::<STEP>,
        OR => or::<STEP>,
        XOR => xor::<STEP>,
        NOT => not::<STEP>,
        BYTE => self::byte::<STEP>,
        SHL => shl::<STEP>,
        SHR => shr::<STEP>,
        SAR => sar::<STEP>,
        CLZ => clz::<STEP>,
        KECCAK256 => keccak256::<STEP>,
        ADDRESS => address::<STEP>,
        BALANCE => balance::<STEP>,
        ORIGIN => origin::<STEP>,
        CALLER => caller::<STEP>,
        CALLVALUE => callvalue::<STEP>,
        CALLDATALOAD => calldataload::<STEP>,
        CALLDATASIZE => calldatasize::<STEP>,
        CALLDATACOPY => calldatacopy::<STEP>,
        CODESIZE => codesize::<STEP>,
        CODECOPY => codecopy::<STEP>,
        GASPRICE => gasprice::<STEP>,
        EXTCODESIZE => extcodesize::<STEP>,
        EXTCODECOPY => extcodecopy::<STEP>,
        RETURNDATASIZE => returndatasize::<STEP>,
        RETURNDATACOPY => returndatacopy::<STEP>,
        EXTCODEHASH => extcodehash::<STEP>,
        BLOCKHASH => blockhash::<STEP>,
        COINBASE => coinbase::<STEP>,
        TIMESTAMP => timestamp::<STEP>,
        NUMBER => number::<STEP>,
        PREVRANDAO => prevrandao::<STEP>,
        GASLIMIT => gaslimit::<STEP>,
        CHAINID => chainid::<STEP>,
        SELFBALANCE => selfbalance::<STEP>,
        BASEFEE => basefee::<STEP>,
        BLOBHASH => blobhash::<STEP>,
        BLOBBASEFEE => blobbasefee::<STEP>,
        POP => pop::<STEP>,
        MLOAD => mload::<STEP>,
        MSTORE => mstore::<STEP>,
        MSTORE8 => mstore8::<STEP>,
        SLOAD => sload::<STEP>,
        SSTORE => sstore::<STEP>,
        JUMP => jump::<STEP>,
        JUMPI => jumpi::<STEP>,
        PC => pc::<STEP>,
        MSIZE => msize::<STEP>,
        GAS => gas_left::<STEP>,
        JUMPDEST => jumpdest::<STEP>,
        TLOAD => tload::<STEP>,
        TSTORE => tstore::<STEP>,
        MCOPY => mcopy::<STEP>,
        PUSH0 => push0::<STEP>,
        PUSH1..=PUSH32 => numbered!(push, STEP, byte - PUSH1 + 1,
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32),
        DUP1..=DUP16 => numbered!(dup, STEP, byte - DUP1 + 1, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16),
        SWAP1..=SWAP16 => numbered!(swap, STEP, byte - SWAP1 + 1, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16),
        LOG0 => log0::<STEP>,
        LOG1 => log1::<STEP>,
        LOG2 => log2::<STEP>,
        LOG3 => log3::<STEP>,
        LOG4 => log4::<STEP>,
        EXTENSION => extension_page::<STEP>,
        DILITHIUM_VERIFY..=HE_ENCRYPT => extension_short::<STEP>,
        CREATE => create::<STEP>,
        CALL => call::<STEP>,
        CALLCODE => callcode::<STEP>,
        RETURN => ret::<STEP>,
        DELEGATECALL => delegatecall::<STEP>,
        CREATE2 => create2::<STEP>,
        STATICCALL => staticcall::<STEP>,
        REVERT => revert::<STEP>,
        SELFDESTRUCT => selfdestruct::<STEP>,
        _ => return None,
    };
    Some(handler)
}
