//! The instructions, as functions that end in a jump to the next one.
#![allow(
    unsafe_code,
    reason = "pointers into the running frame's code and stack, checked before each instruction"
)]

use super::super::ops;
use super::super::stack::height_bytes;
use super::super::word::{self, Word};
use super::{Cursor, Entry, Exit, Slot, Step, Tier, halted, next};
use crate::evm::Evm;
use crate::opcode::{OpcodeTable, deep};
use erbium_claims::Halt;

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

pub(super) unsafe fn undefined(
    ip: *const u8,
    _: *mut Word,
    _: i64,
    evm: &mut Evm<'_>,
    _: *const Entry,
) -> Step {
    // SAFETY: `ip` is where the opcode was read.
    evm.invalid_opcode = unsafe { *ip };
    halted(Halt::InvalidOpcode, evm)
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
        pub(super) unsafe fn $name<T: Tier>(
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
                next::<T>(T::skip(ip, 1), bottom.add($pushes), gas, evm, table)
            }
        }
    };
    (light, $name:ident, $pops:literal => $pushes:literal, $body:path) => {
        pub(super) unsafe fn $name<T: Tier>(
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
                    Ok(gas) => next::<T>(T::skip(ip, 1), bottom.add($pushes), gas, evm, table),
                    Err(halt) => halted(halt, evm),
                }
            }
        }
    };
    (heavy, $name:ident, $pops:literal => $pushes:literal, $body:path) => {
        pub(super) unsafe fn $name<T: Tier>(
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
                    evm.cursor.ip = T::skip(ip, 1);
                    evm.cursor.sp = bottom;
                    return evm.step;
                }
                next::<T>(T::skip(ip, 1), bottom.add($pushes), gas, evm, table)
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
    light slotnum: 0 => 1, ops::environment::slotnum;
    light blobbasefee: 0 => 1, ops::environment::blobbasefee;
    light blobhash: 1 => 1, ops::environment::blobhash;
    heavy blockhash: 1 => 1, ops::environment::blockhash;
    heavy balance: 1 => 1, ops::environment::balance::<false>;
    heavy extcodesize: 1 => 1, ops::environment::extcodesize::<false>;
    heavy extcodehash: 1 => 1, ops::environment::extcodehash::<false>;
    heavy extcodecopy: 4 => 0, ops::environment::extcodecopy::<false>;
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
    heavy sload: 1 => 1, ops::storage::sload::<false>;
    heavy sstore: 2 => 0, ops::storage::sstore::<false>;
    heavy tload: 1 => 1, ops::storage::tload;
    heavy tstore: 2 => 0, ops::storage::tstore;
    heavy log0: 2 => 0, ops::log::log;
    heavy log1: 3 => 0, ops::log::log;
    heavy log2: 4 => 0, ops::log::log;
    heavy log3: 5 => 0, ops::log::log;
    heavy log4: 6 => 0, ops::log::log;
    heavy create: 3 => 1, ops::call::create::<false>;
    heavy create2: 4 => 1, ops::call::create2::<false>;
    heavy call: 7 => 1, ops::call::call::<false>;
    heavy callcode: 7 => 1, ops::call::callcode::<false>;
    heavy delegatecall: 6 => 1, ops::call::delegatecall::<false>;
    heavy staticcall: 6 => 1, ops::call::staticcall::<false>;
    heavy ret: 2 => 0, ops::end::ret;
    heavy revert: 2 => 0, ops::end::revert;
    heavy selfdestruct: 1 => 0, ops::end::selfdestruct::<false>;
    heavy amsterdam_balance: 1 => 1, ops::environment::balance::<true>;
    heavy amsterdam_extcodesize: 1 => 1, ops::environment::extcodesize::<true>;
    heavy amsterdam_extcodehash: 1 => 1, ops::environment::extcodehash::<true>;
    heavy amsterdam_extcodecopy: 4 => 0, ops::environment::extcodecopy::<true>;
    heavy amsterdam_sload: 1 => 1, ops::storage::sload::<true>;
    heavy amsterdam_sstore: 2 => 0, ops::storage::sstore::<true>;
    heavy amsterdam_create: 3 => 1, ops::call::create::<true>;
    heavy amsterdam_create2: 4 => 1, ops::call::create2::<true>;
    heavy amsterdam_call: 7 => 1, ops::call::call::<true>;
    heavy amsterdam_callcode: 7 => 1, ops::call::callcode::<true>;
    heavy amsterdam_delegatecall: 6 => 1, ops::call::delegatecall::<true>;
    heavy amsterdam_staticcall: 6 => 1, ops::call::staticcall::<true>;
    heavy amsterdam_selfdestruct: 1 => 0, ops::end::selfdestruct::<true>;
    pure pop: 1 => 0, ops::stack::pop;
    pure jumpdest: 0 => 0, ops::stack::jumpdest;
    pure push0: 0 => 1, ops::stack::push0;
}

pub(super) unsafe fn stop(_: *const u8, _: *mut Word, gas: i64, evm: &mut Evm<'_>, _: *const Entry) -> Step {
    evm.cursor.gas = gas;
    evm.output.clear();
    Step::Stop
}

pub(super) unsafe fn pc<T: Tier>(
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
        next::<T>(T::skip(ip, 1), sp.add(1), gas, evm, table)
    }
}

pub(super) unsafe fn gas_left<T: Tier>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked for one push.
    unsafe {
        sp.write(word::small((gas + evm.withheld).unsigned_abs()));
        next::<T>(T::skip(ip, 1), sp.add(1), gas, evm, table)
    }
}

/// Where in the running code a jump goes, if it may.
#[inline(always)]
fn destination<T: Tier>(evm: &Evm<'_>, target: &Word) -> Option<*const u8> {
    let target = word::to_u64(target)? as usize;
    if T::DECODED {
        return evm.frame.code.program()?.at(target);
    }
    let bits = evm.frame.code.jumpdests();
    let bit = bits.get(target / 64)? >> (target % 64) & 1;
    (bit == 1).then(|| evm.frame.code.padded().as_ptr().wrapping_add(target))
}

/// Moves a frame that has jumped often to the decoded tier, if its code has become warm. `ip` is at a JUMPDEST.
#[cold]
#[inline(never)]
fn promote(ip: *const u8, sp: *mut Word, gas: i64, evm: &mut Evm<'_>) -> Step {
    evm.cursor = Cursor { ip, sp, gas };
    evm.warm_up();
    Step::Continue
}

pub(super) unsafe fn jump<T: Tier>(
    _: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked for one pop; a destination is inside the code.
    unsafe {
        let sp = sp.sub(1);
        match destination::<T>(evm, &*sp) {
            Some(ip) if !T::DECODED && !T::STEP && evm.loses_patience() => promote(ip, sp, gas, evm),
            Some(ip) => next::<T>(ip, sp, gas, evm, table),
            None => halted(Halt::InvalidJumpDestination, evm),
        }
    }
}

pub(super) unsafe fn jumpi<T: Tier>(
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
            return next::<T>(T::skip(ip, 1), sp, gas, evm, table);
        }
        match destination::<T>(evm, &*sp.add(1)) {
            Some(ip) if !T::DECODED && !T::STEP && evm.loses_patience() => promote(ip, sp, gas, evm),
            Some(ip) => next::<T>(ip, sp, gas, evm, table),
            None => halted(Halt::InvalidJumpDestination, evm),
        }
    }
}

/// PUSH1 to PUSH32 of bytecode. `N` bytes behind the opcode are readable: code is padded by 33.
pub(super) unsafe fn push<T: Tier, const N: usize>(
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
        next::<T>(T::skip(ip, 1 + N), sp.add(1), gas, evm, table)
    }
}

/// Reads a word limb by limb. A word that was just written by limbs stalls when it is read back in 16-byte halves,
/// which is what a plain copy compiles to.
///
/// # Safety
/// `from` is a slot of the stack.
#[inline(always)]
pub(super) unsafe fn limbs(from: *const Word) -> Word {
    let from = from.cast::<u64>();
    // SAFETY: a word is four limbs.
    unsafe {
        primitive_types::U256([
            from.read_volatile(),
            from.add(1).read_volatile(),
            from.add(2).read_volatile(),
            from.add(3).read_volatile(),
        ])
    }
}

/// Copies a word from slot to slot.
///
/// # Safety
/// Both are slots of the stack.
#[inline(always)]
pub(super) unsafe fn copy(from: *const Word, to: *mut Word) {
    // SAFETY: handed on.
    unsafe { to.write(limbs(from)) };
}

pub(super) unsafe fn dup<T: Tier, const N: usize>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked: N items are there and there is room for one more.
    unsafe {
        copy(sp.sub(N), sp);
        next::<T>(T::skip(ip, 1), sp.add(1), gas, evm, table)
    }
}

pub(super) unsafe fn swap<T: Tier, const N: usize>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked: N + 1 items are there.
    unsafe {
        let (top, other) = (sp.sub(1), sp.sub(N + 1));
        let (a, b) = (limbs(top), limbs(other));
        top.write(b);
        other.write(a);
        next::<T>(T::skip(ip, 1), sp, gas, evm, table)
    }
}

/// Reads the immediate of bytecode, or the operand that the decoder has made of it. Answers it with the place behind.
///
/// # Safety
/// `ip` is at an instruction with one byte of immediate.
#[inline(always)]
unsafe fn immediate<T: Tier, D>(
    ip: *const u8,
    decode: impl Fn(u8) -> Option<D>,
    of_operand: impl Fn(u64) -> D,
) -> Option<(D, *const u8)> {
    // SAFETY: code is padded; the decoder wrote an operand behind the handler.
    unsafe {
        if T::DECODED {
            let operand = (*ip.cast::<Slot>().add(1)).operand;
            return Some((of_operand(operand), ip.add(2 * size_of::<Slot>())));
        }
        decode(*ip.add(1)).map(|decoded| (decoded, ip.add(2)))
    }
}

/// An immediate that is none, or a reach below the stack. In a program the block's entry has checked both.
#[cold]
#[inline(never)]
fn refused_immediate(is_immediate: bool, byte: u8, evm: &mut Evm<'_>) -> Step {
    if is_immediate {
        return halted(Halt::StackUnderflow, evm);
    }
    evm.invalid_opcode = byte;
    halted(Halt::InvalidOpcode, evm)
}

/// DUPN (EIP-8024).
pub(super) unsafe fn dupn<T: Tier>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the row was checked for one push, the depth is checked here.
    unsafe {
        match immediate::<T, _>(ip, |byte| deep::depth(byte).map(usize::from), |operand| operand as usize) {
            Some((depth, ip)) if height_bytes(sp) >= depth * size_of::<Word>() => {
                copy(sp.sub(depth), sp);
                next::<T>(ip, sp.add(1), gas, evm, table)
            }
            refused => refused_immediate(refused.is_some(), *ip, evm),
        }
    }
}

/// SWAPN (EIP-8024).
pub(super) unsafe fn swapn<T: Tier>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: the depth is checked here.
    unsafe {
        match immediate::<T, _>(ip, |byte| deep::depth(byte).map(usize::from), |operand| operand as usize) {
            Some((depth, ip)) if height_bytes(sp) > depth * size_of::<Word>() => {
                exchanged(sp.sub(1), sp.sub(depth + 1));
                next::<T>(ip, sp, gas, evm, table)
            }
            refused => refused_immediate(refused.is_some(), *ip, evm),
        }
    }
}

/// EXCHANGE (EIP-8024).
pub(super) unsafe fn exchange<T: Tier>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    let of_byte = |byte| deep::pair(byte).map(|(first, second)| (usize::from(first), usize::from(second)));
    let of_operand = |operand: u64| ((operand & 0xff) as usize, (operand >> 8) as usize);
    // SAFETY: the depth is checked here; the second item is the deeper one.
    unsafe {
        match immediate::<T, _>(ip, of_byte, of_operand) {
            Some(((first, second), ip)) if height_bytes(sp) > second * size_of::<Word>() => {
                exchanged(sp.sub(first + 1), sp.sub(second + 1));
                next::<T>(ip, sp, gas, evm, table)
            }
            refused => refused_immediate(refused.is_some(), *ip, evm),
        }
    }
}

/// Swaps two words.
///
/// # Safety
/// Both are slots of the stack.
#[inline(always)]
unsafe fn exchanged(one: *mut Word, other: *mut Word) {
    // SAFETY: handed on.
    unsafe {
        let (a, b) = (limbs(one), limbs(other));
        one.write(b);
        other.write(a);
    }
}

/// An extension: `byte` is its own, `length` what it takes in code.
#[inline(always)]
unsafe fn extension<T: Tier>(
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
            evm.cursor.ip = T::skip(ip, length);
            evm.cursor.sp = bottom;
            return evm.step;
        }
        next::<T>(T::skip(ip, length), bottom.add(1), gas, evm, table)
    }
}

/// 0xAE and the extension's byte. At the end of code the second byte reads as the padding's STOP, which is none.
pub(super) unsafe fn extension_page<T: Tier>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: code is padded; the rest is handed on.
    unsafe { extension::<T>((*ip.add(1), 2), ip, sp, gas, evm, table) }
}

pub(super) unsafe fn extension_short<T: Tier>(
    ip: *const u8,
    sp: *mut Word,
    gas: i64,
    evm: &mut Evm<'_>,
    table: *const Entry,
) -> Step {
    // SAFETY: handed on.
    unsafe { extension::<T>((*ip, 1), ip, sp, gas, evm, table) }
}
