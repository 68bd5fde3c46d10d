//! Rows and the tables of each fork.

use super::*;
use crate::fork::Fork;
use crate::spec::Extensions;
use std::sync::OnceLock;

/// What must hold before an instruction runs, and what it does to stack and code position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opcode {
    /// Mnemonic.
    pub name: &'static str,
    /// Gas charged before the instruction runs; what depends on operands or state comes on top.
    pub gas: u32,
    /// Items taken from the stack.
    pub pops: u8,
    /// Items put back.
    pub pushes: u8,
    /// Bytes of code behind the opcode that belong to it.
    pub immediate: u8,
}

impl Opcode {
    /// Fewest items the stack must hold (the name of the project's first document).
    pub fn min_stack_size(&self) -> usize {
        usize::from(self.pops)
    }

    /// How the height of the stack changes.
    pub fn stack_delta(&self) -> isize {
        isize::from(i16::from(self.pushes) - i16::from(self.pops))
    }
}

/// The opcodes of one fork, with or without extensions.
#[derive(Debug)]
pub struct OpcodeTable {
    rows: [Option<Opcode>; 256],
    page: [Option<Opcode>; 256],
}

impl OpcodeTable {
    /// The table in force under `fork` and `extensions`.
    pub fn of(fork: Fork, extensions: Extensions) -> &'static Self {
        static TABLES: OnceLock<Vec<[OpcodeTable; 2]>> = OnceLock::new();
        let tables = TABLES.get_or_init(|| {
            Fork::ALL
                .iter()
                .map(|&fork| [Self::build(fork, Extensions::None), Self::build(fork, Extensions::Erbium)])
                .collect()
        });
        &tables[fork as usize][usize::from(extensions == Extensions::Erbium)]
    }

    /// The instruction of a byte, or `None` where the byte is undefined.
    pub fn get(&self, byte: u8) -> Option<&Opcode> {
        self.rows[usize::from(byte)].as_ref()
    }

    /// The extension behind [`EXTENSION`] with this second byte.
    pub fn extension(&self, byte: u8) -> Option<&Opcode> {
        self.page[usize::from(byte)].as_ref()
    }

    fn build(fork: Fork, extensions: Extensions) -> Self {
        let mut table = Self { rows: [None; 256], page: [None; 256] };
        for &(since, byte, name, gas, pops, pushes) in ROWS {
            if fork >= since {
                table.rows[usize::from(byte)] = Some(Opcode { name, gas, pops, pushes, immediate: 0 });
            }
        }
        for n in 1..=32u8 {
            let name = PUSH_NAMES[usize::from(n) - 1];
            table.rows[usize::from(PUSH1 - 1 + n)] =
                Some(Opcode { name, gas: 3, pops: 0, pushes: 1, immediate: n });
        }
        for n in 1..=16u8 {
            let at = usize::from(n) - 1;
            table.rows[usize::from(DUP1) + at] =
                Some(Opcode { name: DUP_NAMES[at], gas: 3, pops: n, pushes: n + 1, immediate: 0 });
            table.rows[usize::from(SWAP1) + at] =
                Some(Opcode { name: SWAP_NAMES[at], gas: 3, pops: n + 1, pushes: n + 1, immediate: 0 });
        }
        if fork >= Amsterdam {
            // EIP-8024. How deep they reach is in the immediate: who reads that checks the height.
            for (byte, name, pops, pushes) in
                [(DUPN, "DUPN", 0, 1), (SWAPN, "SWAPN", 1, 1), (EXCHANGE, "EXCHANGE", 1, 1)]
            {
                table.rows[usize::from(byte)] = Some(Opcode { name, gas: 3, pops, pushes, immediate: 1 });
            }
        }
        for &(since, byte, gas) in REPRICED {
            if let Some(row) = table.rows[usize::from(byte)].as_mut().filter(|_| fork >= since) {
                row.gas = gas;
            }
        }
        if extensions == Extensions::Erbium {
            // The page byte's own row asks for nothing; the row of its second byte is checked when it is read.
            table.rows[usize::from(EXTENSION)] =
                Some(Opcode { name: "EXTENSION", gas: 0, pops: 0, pushes: 0, immediate: 1 });
            for &(byte, name, pops, pushes) in EXTENSION_ROWS {
                let row = Opcode { name, gas: 0, pops, pushes, immediate: 0 };
                table.page[usize::from(byte)] = Some(row);
                if (DILITHIUM_VERIFY..=HE_ENCRYPT).contains(&byte) {
                    table.rows[usize::from(byte)] = Some(row);
                }
            }
        }
        table
    }
}

/// First fork, byte, name, gas, pops, pushes.
type Row = (Fork, u8, &'static str, u32, u8, u8);

use Fork::{
    Amsterdam, Berlin, Byzantium, Cancun, Constantinople, Frontier, Homestead, Istanbul, London, Osaka,
    Shanghai, SpuriousDragon, TangerineWhistle,
};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    (Frontier, STOP, "STOP", 0, 0, 0),
    (Frontier, ADD, "ADD", 3, 2, 1),
    (Frontier, MUL, "MUL", 5, 2, 1),
    (Frontier, SUB, "SUB", 3, 2, 1),
    (Frontier, DIV, "DIV", 5, 2, 1),
    (Frontier, SDIV, "SDIV", 5, 2, 1),
    (Frontier, MOD, "MOD", 5, 2, 1),
    (Frontier, SMOD, "SMOD", 5, 2, 1),
    (Frontier, ADDMOD, "ADDMOD", 8, 3, 1),
    (Frontier, MULMOD, "MULMOD", 8, 3, 1),
    (Frontier, EXP, "EXP", 10, 2, 1),
    (Frontier, SIGNEXTEND, "SIGNEXTEND", 5, 2, 1),
    (Frontier, LT, "LT", 3, 2, 1),
    (Frontier, GT, "GT", 3, 2, 1),
    (Frontier, SLT, "SLT", 3, 2, 1),
    (Frontier, SGT, "SGT", 3, 2, 1),
    (Frontier, EQ, "EQ", 3, 2, 1),
    (Frontier, ISZERO, "ISZERO", 3, 1, 1),
    (Frontier, AND, "AND", 3, 2, 1),
    (Frontier, OR, "OR", 3, 2, 1),
    (Frontier, XOR, "XOR", 3, 2, 1),
    (Frontier, NOT, "NOT", 3, 1, 1),
    (Frontier, BYTE, "BYTE", 3, 2, 1),
    (Constantinople, SHL, "SHL", 3, 2, 1),                          // EIP-145
    (Constantinople, SHR, "SHR", 3, 2, 1),
    (Constantinople, SAR, "SAR", 3, 2, 1),
    (Osaka, CLZ, "CLZ", 5, 1, 1),                                   // EIP-7939
    (Frontier, KECCAK256, "KECCAK256", 30, 2, 1),
    (Frontier, ADDRESS, "ADDRESS", 2, 0, 1),
    (Frontier, BALANCE, "BALANCE", 20, 1, 1),
    (Frontier, ORIGIN, "ORIGIN", 2, 0, 1),
    (Frontier, CALLER, "CALLER", 2, 0, 1),
    (Frontier, CALLVALUE, "CALLVALUE", 2, 0, 1),
    (Frontier, CALLDATALOAD, "CALLDATALOAD", 3, 1, 1),
    (Frontier, CALLDATASIZE, "CALLDATASIZE", 2, 0, 1),
    (Frontier, CALLDATACOPY, "CALLDATACOPY", 3, 3, 0),
    (Frontier, CODESIZE, "CODESIZE", 2, 0, 1),
    (Frontier, CODECOPY, "CODECOPY", 3, 3, 0),
    (Frontier, GASPRICE, "GASPRICE", 2, 0, 1),
    (Frontier, EXTCODESIZE, "EXTCODESIZE", 20, 1, 1),
    (Frontier, EXTCODECOPY, "EXTCODECOPY", 20, 4, 0),
    (Byzantium, RETURNDATASIZE, "RETURNDATASIZE", 2, 0, 1),         // EIP-211
    (Byzantium, RETURNDATACOPY, "RETURNDATACOPY", 3, 3, 0),
    (Constantinople, EXTCODEHASH, "EXTCODEHASH", 400, 1, 1),        // EIP-1052
    (Frontier, BLOCKHASH, "BLOCKHASH", 20, 1, 1),
    (Frontier, COINBASE, "COINBASE", 2, 0, 1),
    (Frontier, TIMESTAMP, "TIMESTAMP", 2, 0, 1),
    (Frontier, NUMBER, "NUMBER", 2, 0, 1),
    (Frontier, PREVRANDAO, "PREVRANDAO", 2, 0, 1),                  // DIFFICULTY before Paris, EIP-4399
    (Frontier, GASLIMIT, "GASLIMIT", 2, 0, 1),
    (Istanbul, CHAINID, "CHAINID", 2, 0, 1),                        // EIP-1344
    (Istanbul, SELFBALANCE, "SELFBALANCE", 5, 0, 1),                // EIP-1884
    (London, BASEFEE, "BASEFEE", 2, 0, 1),                          // EIP-3198
    (Cancun, BLOBHASH, "BLOBHASH", 3, 1, 1),                        // EIP-4844
    (Cancun, BLOBBASEFEE, "BLOBBASEFEE", 2, 0, 1),                  // EIP-7516
    (Amsterdam, SLOTNUM, "SLOTNUM", 2, 0, 1),                       // EIP-7843
    (Frontier, POP, "POP", 2, 1, 0),
    (Frontier, MLOAD, "MLOAD", 3, 1, 1),
    (Frontier, MSTORE, "MSTORE", 3, 2, 0),
    (Frontier, MSTORE8, "MSTORE8", 3, 2, 0),
    (Frontier, SLOAD, "SLOAD", 50, 1, 1),
    (Frontier, SSTORE, "SSTORE", 0, 2, 0),
    (Frontier, JUMP, "JUMP", 8, 1, 0),
    (Frontier, JUMPI, "JUMPI", 10, 2, 0),
    (Frontier, PC, "PC", 2, 0, 1),
    (Frontier, MSIZE, "MSIZE", 2, 0, 1),
    (Frontier, GAS, "GAS", 2, 0, 1),
    (Frontier, JUMPDEST, "JUMPDEST", 1, 0, 0),
    (Cancun, TLOAD, "TLOAD", 100, 1, 1),                            // EIP-1153
    (Cancun, TSTORE, "TSTORE", 100, 2, 0),
    (Cancun, MCOPY, "MCOPY", 3, 3, 0),                              // EIP-5656
    (Shanghai, PUSH0, "PUSH0", 2, 0, 1),                            // EIP-3855
    (Frontier, LOG0, "LOG0", 375, 2, 0),
    (Frontier, LOG1, "LOG1", 750, 3, 0),
    (Frontier, LOG2, "LOG2", 1125, 4, 0),
    (Frontier, LOG3, "LOG3", 1500, 5, 0),
    (Frontier, LOG4, "LOG4", 1875, 6, 0),
    (Frontier, CREATE, "CREATE", 32_000, 3, 1),
    (Frontier, CALL, "CALL", 40, 7, 1),
    (Frontier, CALLCODE, "CALLCODE", 40, 7, 1),
    (Frontier, RETURN, "RETURN", 0, 2, 0),
    (Homestead, DELEGATECALL, "DELEGATECALL", 40, 6, 1),            // EIP-7
    (Constantinople, CREATE2, "CREATE2", 32_000, 4, 1),             // EIP-1014
    (Byzantium, STATICCALL, "STATICCALL", 700, 6, 1),               // EIP-214
    (Byzantium, REVERT, "REVERT", 0, 2, 0),                         // EIP-140
    (Frontier, INVALID, "INVALID", 0, 0, 0),                        // EIP-141
    (Frontier, SELFDESTRUCT, "SELFDESTRUCT", 0, 1, 0),
];

/// First fork, byte, gas from then on. Berlin's rows are the warm prices; what a cold access adds is charged by the
/// instruction (EIP-2929).
const REPRICED: &[(Fork, u8, u32)] = &[
    (TangerineWhistle, EXTCODESIZE, 700), // EIP-150
    (TangerineWhistle, EXTCODECOPY, 700),
    (TangerineWhistle, BALANCE, 400),
    (TangerineWhistle, SLOAD, 200),
    (TangerineWhistle, CALL, 700),
    (TangerineWhistle, CALLCODE, 700),
    (TangerineWhistle, DELEGATECALL, 700),
    (TangerineWhistle, SELFDESTRUCT, 5_000),
    (Istanbul, SLOAD, 800), // EIP-1884
    (Istanbul, BALANCE, 700),
    (Istanbul, EXTCODEHASH, 700),
    (Berlin, SLOAD, 100), // EIP-2929
    (Berlin, BALANCE, 100),
    (Berlin, EXTCODESIZE, 100),
    (Berlin, EXTCODECOPY, 100),
    (Berlin, EXTCODEHASH, 100),
    (Berlin, CALL, 100),
    (Berlin, CALLCODE, 100),
    (Berlin, DELEGATECALL, 100),
    (Berlin, STATICCALL, 100),
    (Amsterdam, CREATE, 9_000), // EIP-8037
    (Amsterdam, CREATE2, 9_000),
];

/// Price of one byte of an exponent (EIP-160).
pub(crate) fn exp_byte_gas(fork: Fork) -> u64 {
    if fork >= SpuriousDragon { 50 } else { 10 }
}

/// Byte, name, pops, pushes. Their gas depends on operands and the chain spec's prices.
const EXTENSION_ROWS: &[(u8, &str, u8, u8)] = &[
    (DILITHIUM_VERIFY, "DILITHIUM_VERIFY", 5, 1),
    (DILITHIUM_SIGN, "DILITHIUM_SIGN", 5, 1),
    (DILITHIUM_KEYGEN, "DILITHIUM_KEYGEN", 3, 1),
    (ZK_PROVE, "ZK_PROVE", 5, 1),
    (ZK_VERIFY, "ZK_VERIFY", 5, 1),
    (HE_ENCRYPT, "HE_ENCRYPT", 3, 1),
    (HE_DECRYPT, "HE_DECRYPT", 2, 1),
    (HE_COMPUTE, "HE_COMPUTE", 4, 1),
    (extension::CONFIDENTIAL_TX, "CONFIDENTIAL_TX", 2, 1),
    (extension::RANGE_PROOF, "RANGE_PROOF", 6, 1),
    (extension::PEDERSEN_COMMIT, "PEDERSEN_COMMIT", 2, 1),
    (extension::STEALTH_ADDRESS, "STEALTH_ADDRESS", 3, 1),
    (extension::STEALTH_SCAN, "STEALTH_SCAN", 5, 1),
];

#[rustfmt::skip]
const PUSH_NAMES: [&str; 32] = [
    "PUSH1", "PUSH2", "PUSH3", "PUSH4", "PUSH5", "PUSH6", "PUSH7", "PUSH8", "PUSH9", "PUSH10", "PUSH11", "PUSH12",
    "PUSH13", "PUSH14", "PUSH15", "PUSH16", "PUSH17", "PUSH18", "PUSH19", "PUSH20", "PUSH21", "PUSH22", "PUSH23",
    "PUSH24", "PUSH25", "PUSH26", "PUSH27", "PUSH28", "PUSH29", "PUSH30", "PUSH31", "PUSH32",
];
#[rustfmt::skip]
const DUP_NAMES: [&str; 16] = [
    "DUP1", "DUP2", "DUP3", "DUP4", "DUP5", "DUP6", "DUP7", "DUP8", "DUP9", "DUP10", "DUP11", "DUP12", "DUP13",
    "DUP14", "DUP15", "DUP16",
];
#[rustfmt::skip]
const SWAP_NAMES: [&str; 16] = [
    "SWAP1", "SWAP2", "SWAP3", "SWAP4", "SWAP5", "SWAP6", "SWAP7", "SWAP8", "SWAP9", "SWAP10", "SWAP11", "SWAP12",
    "SWAP13", "SWAP14", "SWAP15", "SWAP16",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(fork: Fork) -> usize {
        (0..=255).filter(|&byte| OpcodeTable::of(fork, Extensions::None).get(byte).is_some()).count()
    }

    #[test]
    fn each_fork_defines_as_many_opcodes_as_its_eips_add() {
        let counts: Vec<usize> = Fork::ALL.iter().map(|&fork| defined(fork)).collect();
        // EIP-7; none; none; 140, 211 (2), 214; 145 (3), 1052, 1014; none; 1344, 1884; none; 3198; none; 3855;
        // 1153 (2), 5656, 4844, 7516; none; 7939; none (4); 7843, 8024 (3).
        assert_eq!(
            counts,
            [
                130, 131, 131, 131, 135, 140, 140, 142, 142, 143, 143, 144, 149, 149, 150, 150, 150, 150,
                150, 154
            ]
        );
    }

    #[test]
    fn prices_follow_their_eips() {
        let gas = |fork, byte| OpcodeTable::of(fork, Extensions::None).get(byte).map(|row| row.gas);
        assert_eq!(gas(Frontier, SLOAD), Some(50));
        assert_eq!(gas(Fork::Petersburg, SLOAD), Some(200));
        assert_eq!(gas(Istanbul, SLOAD), Some(800));
        assert_eq!(gas(Cancun, SLOAD), Some(100));
        assert_eq!(gas(Byzantium, EXTCODEHASH), None);
    }

    #[test]
    fn extensions_exist_only_where_they_are_switched_on() {
        let plain = OpcodeTable::of(Osaka, Extensions::None);
        let erbium = OpcodeTable::of(Osaka, Extensions::Erbium);
        assert!(plain.get(EXTENSION).is_none() && plain.get(DILITHIUM_VERIFY).is_none());
        assert_eq!(erbium.get(DILITHIUM_VERIFY).map(|row| row.name), Some("DILITHIUM_VERIFY"));
        assert_eq!(erbium.get(HE_DECRYPT), None);
        assert_eq!((0..=255).filter(|&byte| erbium.extension(byte).is_some()).count(), 13);
        assert_eq!(erbium.get(CALL).map(|row| row.name), Some("CALL"));
    }
}
