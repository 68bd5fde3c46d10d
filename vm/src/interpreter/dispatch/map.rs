//! Which function runs which byte.

use super::handlers::{self, *};
use super::{Handler, Tier};
use crate::fork::Fork;

/// Families of handlers whose bytes follow one another, by number from 1.
macro_rules! numbered {
    ($function:ident, $step:ident, $n:expr, $($literal:literal)*) => {
        match $n { $($literal => $function::<$step, $literal> as Handler,)* _ => return None }
    };
}

/// The function that runs a byte under a fork.
pub(in crate::interpreter) fn handler<T: Tier>(byte: u8, fork: Fork) -> Option<Handler> {
    match fork >= Fork::Amsterdam {
        true => amsterdam::<T>(byte).or_else(|| shared::<T>(byte)),
        false => shared::<T>(byte),
    }
}

/// Amsterdam's own functions: instructions it has brought, and those whose price or traces it has changed. The others'
/// forks do not run any of them.
fn amsterdam<T: Tier>(byte: u8) -> Option<Handler> {
    use crate::opcode::*;
    let handler: Handler = match byte {
        SLOTNUM => slotnum::<T>,
        DUPN => dupn::<T>,
        SWAPN => swapn::<T>,
        EXCHANGE => exchange::<T>,
        BALANCE => amsterdam_balance::<T>,
        EXTCODESIZE => amsterdam_extcodesize::<T>,
        EXTCODEHASH => amsterdam_extcodehash::<T>,
        EXTCODECOPY => amsterdam_extcodecopy::<T>,
        SLOAD => amsterdam_sload::<T>,
        SSTORE => amsterdam_sstore::<T>,
        CREATE => amsterdam_create::<T>,
        CREATE2 => amsterdam_create2::<T>,
        CALL => amsterdam_call::<T>,
        CALLCODE => amsterdam_callcode::<T>,
        DELEGATECALL => amsterdam_delegatecall::<T>,
        STATICCALL => amsterdam_staticcall::<T>,
        SELFDESTRUCT => amsterdam_selfdestruct::<T>,
        _ => return None,
    };
    Some(handler)
}

/// The function that runs a byte, whatever the fork.
fn shared<T: Tier>(byte: u8) -> Option<Handler> {
    use crate::opcode::*;
    let handler: Handler = match byte {
        STOP => stop,
        ADD => add::<T>,
        MUL => mul::<T>,
        SUB => sub::<T>,
        DIV => div::<T>,
        SDIV => sdiv::<T>,
        MOD => rem::<T>,
        SMOD => smod::<T>,
        ADDMOD => addmod::<T>,
        MULMOD => mulmod::<T>,
        EXP => exp::<T>,
        SIGNEXTEND => signextend::<T>,
        LT => lt::<T>,
        GT => gt::<T>,
        SLT => slt::<T>,
        SGT => sgt::<T>,
        EQ => eq::<T>,
        ISZERO => iszero::<T>,
        AND => and::<T>,
        OR => or::<T>,
        XOR => xor::<T>,
        NOT => not::<T>,
        BYTE => handlers::byte::<T>,
        SHL => shl::<T>,
        SHR => shr::<T>,
        SAR => sar::<T>,
        CLZ => clz::<T>,
        KECCAK256 => keccak256::<T>,
        ADDRESS => address::<T>,
        BALANCE => balance::<T>,
        ORIGIN => origin::<T>,
        CALLER => caller::<T>,
        CALLVALUE => callvalue::<T>,
        CALLDATALOAD => calldataload::<T>,
        CALLDATASIZE => calldatasize::<T>,
        CALLDATACOPY => calldatacopy::<T>,
        CODESIZE => codesize::<T>,
        CODECOPY => codecopy::<T>,
        GASPRICE => gasprice::<T>,
        EXTCODESIZE => extcodesize::<T>,
        EXTCODECOPY => extcodecopy::<T>,
        RETURNDATASIZE => returndatasize::<T>,
        RETURNDATACOPY => returndatacopy::<T>,
        EXTCODEHASH => extcodehash::<T>,
        BLOCKHASH => blockhash::<T>,
        COINBASE => coinbase::<T>,
        TIMESTAMP => timestamp::<T>,
        NUMBER => number::<T>,
        PREVRANDAO => prevrandao::<T>,
        GASLIMIT => gaslimit::<T>,
        CHAINID => chainid::<T>,
        SELFBALANCE => selfbalance::<T>,
        BASEFEE => basefee::<T>,
        BLOBHASH => blobhash::<T>,
        BLOBBASEFEE => blobbasefee::<T>,
        POP => pop::<T>,
        MLOAD => mload::<T>,
        MSTORE => mstore::<T>,
        MSTORE8 => mstore8::<T>,
        SLOAD => sload::<T>,
        SSTORE => sstore::<T>,
        JUMP => jump::<T>,
        JUMPI => jumpi::<T>,
        PC => pc::<T>,
        MSIZE => msize::<T>,
        GAS => gas_left::<T>,
        JUMPDEST => jumpdest::<T>,
        TLOAD => tload::<T>,
        TSTORE => tstore::<T>,
        MCOPY => mcopy::<T>,
        PUSH0 => push0::<T>,
        PUSH1..=PUSH32 => numbered!(push, T, byte - PUSH1 + 1,
            1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32),
        DUP1..=DUP16 => numbered!(dup, T, byte - DUP1 + 1, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16),
        SWAP1..=SWAP16 => numbered!(swap, T, byte - SWAP1 + 1, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16),
        LOG0 => log0::<T>,
        LOG1 => log1::<T>,
        LOG2 => log2::<T>,
        LOG3 => log3::<T>,
        LOG4 => log4::<T>,
        EXTENSION => extension_page::<T>,
        DILITHIUM_VERIFY..=HE_ENCRYPT => extension_short::<T>,
        CREATE => create::<T>,
        CALL => call::<T>,
        CALLCODE => callcode::<T>,
        RETURN => ret::<T>,
        DELEGATECALL => delegatecall::<T>,
        CREATE2 => create2::<T>,
        STATICCALL => staticcall::<T>,
        REVERT => revert::<T>,
        SELFDESTRUCT => selfdestruct::<T>,
        _ => return None,
    };
    Some(handler)
}
