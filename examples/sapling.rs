//! Contracts that check real Zcash Sapling proofs, in a block.
//!
//!     cargo run --release --example sapling -- examples/zk/sapling.json
//!     cargo run --release -- validate examples/zk/sapling.json
//!
//! The first command makes the second's input, the same bytes each time. Two contracts carry the verifying key of Sapling's
//! spends behind their code, two that of its outputs. One of each pair asks precompile 0x102, the other the opcode
//! ZK_VERIFY; call data is a proof and its public inputs. Where the answer is 1 a contract adds one to its slot 0, else it
//! reverts. The block has each of eight proofs sent to both contracts of its kind, and at the end one proof whose A is negated,
//! which both must refuse.

use erbium::Machine;
use erbium::vm::block::json::{BlockFile, ClaimedTransaction, PreAccount};
use erbium::vm::block::{
    Block, BlockInput, EMPTY_OMMERS_HASH, Header, StateRoot, WholeState, execute_block, receipts_root,
    transactions_root,
};
use erbium::vm::claims::{Derivation, Deriver, DilithiumScheme};
use erbium::vm::evm::{BlockEnv, Evm};
use erbium::vm::opcode::*;
use erbium::vm::spec::{ChainSpec, Extensions};
use erbium::vm::tx::{QuantumSignature, Transaction, TransactionType};
use erbium::vm::{Fork, H160, H256, U256, registry};
use serde_json::Value;
use std::error::Error;

type Failure = Box<dyn Error + Send + Sync>;

const SPENDS: &str = include_str!("../tests/data/groth16/zcash-sapling-spend.json");
const OUTPUTS: &str = include_str!("../tests/data/groth16/zcash-sapling-output.json");

/// Bytes of a proof.
const PROOF: u16 = 192;
/// Who signs, with ML-DSA-44.
const SEED: H256 = H256::repeat_byte(0x5a);
const SCHEME: DilithiumScheme = DilithiumScheme::MlDsa44;

pub(crate) fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("a file to write is expected")?;
    std::fs::write(&path, file()?)?;
    println!("{path}");
    Ok(())
}

/// How a contract asks.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    Precompile,
    Opcode,
}

/// A verifying key, and proofs with their public inputs.
struct Circuit {
    key: Vec<u8>,
    proofs: Vec<Vec<u8>>,
}

impl Circuit {
    fn read(file: &str) -> Result<Self, Failure> {
        let file: Value = serde_json::from_str(file)?;
        let digits = |value: &Value| -> Result<Vec<u8>, Failure> {
            Ok(hex::decode(value.as_str().ok_or("digits are expected")?)?)
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let key = &file["vk"];
        let mut points: Vec<_> =
            ["alpha_g1", "beta_g2", "gamma_g2", "delta_g2"].map(|name| key[name].clone()).into();
        points.extend(list(&key["ic"]));
        let mut proofs = Vec::new();
        for case in list(&file["cases"]) {
            let mut data = digits(&case["proof"])?;
            for input in list(&case["public_inputs"]) {
                data.extend(digits(&input)?);
            }
            proofs.push(data);
        }
        Ok(Self { key: points.iter().map(digits).collect::<Result<Vec<_>, _>>()?.concat(), proofs })
    }

    /// The code of a contract that has this key.
    fn contract(&self, way: Way) -> Result<Vec<u8>, Failure> {
        let key = u16::try_from(self.key.len())?;
        // Its own length decides where the key lies, and does not change with it.
        let program = program(way, key, 0)?;
        let program = self::program(way, key, u16::try_from(program.len())?)?;
        Ok([program, self.key.clone()].concat())
    }
}

/// The code in front of a key of so many bytes, which lies at `place` of the code.
fn program(way: Way, key: u16, place: u16) -> Result<Vec<u8>, Failure> {
    let word = |number: u16| [&[PUSH1 + 1][..], &number.to_be_bytes()].concat();
    // The precompile wants the key's length in front, four bytes.
    let from = match way {
        Way::Precompile => 4,
        Way::Opcode => 0,
    };
    let mut code = Vec::new();
    if let Way::Precompile = way {
        code.extend([&word(key)[..], &[PUSH1, 224, SHL, PUSH1, 0, MSTORE]].concat());
    }
    // The key, and behind it the call data: proof and inputs.
    code.extend([word(key), word(place), word(from), vec![CODECOPY]].concat());
    code.extend([&[CALLDATASIZE, PUSH1, 0][..], &word(from + key), &[CALLDATACOPY]].concat());
    match way {
        Way::Precompile => {
            // Output to memory 0, 32 bytes.
            code.extend([PUSH1, 32, PUSH1, 0]);
            code.extend(
                [&word(from + key)[..], &[CALLDATASIZE, ADD, PUSH1, 0], &word(0x102), &[GAS, STATICCALL]]
                    .concat(),
            );
            // Success, a whole word, and that word 1.
            code.extend([RETURNDATASIZE, PUSH1, 32, EQ, AND, PUSH1, 0, MLOAD, PUSH1, 1, EQ, AND]);
        }
        Way::Opcode => {
            // Offset of the proof, number of inputs, their offset, length and offset of the key.
            code.extend(word(key));
            code.extend([&[PUSH1, 32][..], &word(PROOF), &[CALLDATASIZE, SUB, DIV]].concat());
            code.extend([word(key + PROOF), word(key)].concat());
            code.extend([PUSH1, 0, EXTENSION, ZK_VERIFY]);
        }
    }
    // One more in slot 0, or nothing.
    let accepted = u8::try_from(code.len() + 3 + 5)?;
    code.extend([PUSH1, accepted, JUMPI, PUSH1, 0, PUSH1, 0, REVERT]);
    code.extend([JUMPDEST, PUSH1, 0, SLOAD, PUSH1, 1, ADD, PUSH1, 0, SSTORE, STOP]);
    Ok(code)
}

/// The addresses of the contracts: spends by precompile and opcode, then outputs.
pub(crate) fn contracts() -> [H160; 4] {
    [0x51, 0x52, 0x61, 0x62].map(H160::from_low_u64_be)
}

/// The block file.
pub(crate) fn file() -> Result<Vec<u8>, Failure> {
    let machine = Machine::default();
    let deriver = machine.coprocessor().deriver;
    let spec = ChainSpec {
        extensions: Extensions::Erbium,
        chain_id: erbium::vm::spec::ERBIUM_CHAIN_ID,
        ..ChainSpec::ethereum(Fork::Cancun)
    };
    let public_key = deriver.derive(&Derivation::DilithiumKeygen { scheme: SCHEME, seed: SEED })??;
    let key_hash = registry::key_hash(SCHEME.number(), &public_key);
    let sender = H160::from_slice(&key_hash.as_bytes()[12..]);
    let signer = Signer { spec: &spec, deriver, sender, public_key };

    let circuits = [Circuit::read(SPENDS)?, Circuit::read(OUTPUTS)?];
    let (mut accounts, mut calls) = (Vec::new(), Vec::new());
    for (circuit, addresses) in circuits.iter().zip(contracts().chunks(2)) {
        for (address, way) in addresses.iter().zip([Way::Precompile, Way::Opcode]) {
            accounts.push((
                *address,
                PreAccount { nonce: 1, code: circuit.contract(way)?, ..PreAccount::default() },
            ));
            calls.extend(circuit.proofs.iter().map(|data| (*address, data.clone())));
        }
    }
    for (address, data) in [0, 4].map(|at| calls[at].clone()) {
        let mut data = data;
        data[0] ^= 0x20;
        calls.push((address, data));
    }
    let balance = U256::exp10(18);
    accounts.push((sender, PreAccount { balance, ..PreAccount::default() }));
    accounts.push((spec.registry, registry::genesis_account(&spec)));
    accounts.sort_by_key(|(address, _)| *address);

    let transactions = calls
        .into_iter()
        .zip(0..)
        .map(|((to, data), nonce)| signer.sign(to, data, nonce))
        .collect::<Result<Vec<_>, _>>()?;
    let header = Header {
        ommers_hash: EMPTY_OMMERS_HASH,
        number: 1,
        gas_limit: 30_000_000,
        timestamp: 1_764_000_000,
        extra_data: b"sapling".to_vec(),
        base_fee_per_gas: Some(U256::from(1_000_000_000)),
        withdrawals_root: Some(EMPTY_ROOT),
        blob_gas_used: Some(0),
        excess_blob_gas: Some(0),
        parent_beacon_block_root: Some(H256::zero()),
        transactions_root: transactions_root(&transactions),
        ..Header::default()
    };
    let mut file = BlockFile {
        spec: Some(spec.to_json()),
        block: Block { header, transactions, ommers: Vec::new(), withdrawals: Some(Vec::new()) },
        whole_state: true,
        pre_state: accounts,
        ..BlockFile::default()
    };
    let claimed = |transaction: &Transaction| ClaimedTransaction { hash: transaction.hash(), from: sender };
    file.claimed.transactions = file.block.transactions.iter().map(claimed).collect();
    execute(&machine, &spec, &mut file)?;
    file.claimed.hash = file.block.header.hash();
    file.claimed.size = Some(file.block.encode().len() as u64);
    let mut json = file.to_json()?;
    json.push(b'\n');
    Ok(json)
}

/// Root of a trie without entries.
const EMPTY_ROOT: H256 = H256([
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b,
    0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
]);

/// Executes the block and writes into its header what came of it.
fn execute(machine: &Machine, spec: &ChainSpec, file: &mut BlockFile) -> Result<(), Failure> {
    let state = file.state_before();
    let roots = WholeState::new(&state);
    let env = BlockEnv::of_header(spec, &file.block.header)?;
    let mut evm = Evm::new(spec, &env, &state).with_coprocessor(machine.coprocessor());
    let senders: Vec<_> = file.claimed.transactions.iter().map(|claimed| claimed.from).collect();
    let input = BlockInput {
        block: &file.block,
        senders: &senders,
        authorities: &vec![Vec::new(); senders.len()],
        rlp_size: None,
        state_root: Some(&roots),
    };
    let result = execute_block(&mut evm, &input)??;
    let state_root = roots.root_after(&evm.journal.changes())?;
    let header = &mut file.block.header;
    header.gas_used = result.gas_used;
    header.logs_bloom = result.logs_bloom;
    header.receipts_root = receipts_root(&result.receipts);
    header.state_root = state_root;
    Ok(())
}

/// An account that signs with a quantum-safe key.
struct Signer<'a> {
    spec: &'a ChainSpec,
    deriver: &'a dyn Deriver,
    sender: H160,
    public_key: Vec<u8>,
}

impl Signer<'_> {
    fn sign(&self, to: H160, data: Vec<u8>, nonce: u64) -> Result<Transaction, Failure> {
        let mut transaction = Transaction {
            kind: TransactionType::Quantum,
            chain_id: Some(self.spec.chain_id),
            nonce,
            gas_limit: 500_000,
            max_fee_per_gas: U256::from(1_000_000_000),
            to: Some(to),
            data,
            quantum: Some(Box::new(QuantumSignature {
                sender: self.sender,
                scheme: SCHEME.number(),
                public_key: self.public_key.clone(),
                signature: Vec::new(),
            })),
            ..Transaction::default()
        };
        let message = transaction.quantum_message();
        let derivation = Derivation::DilithiumSign { scheme: SCHEME, seed: SEED, message };
        let signature = self.deriver.derive(&derivation)??;
        if let Some(quantum) = &mut transaction.quantum {
            quantum.signature = signature;
        }
        Ok(transaction)
    }
}
