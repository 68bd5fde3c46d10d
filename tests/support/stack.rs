//! Straight code of stack instructions, run by the interpreter and on a vector.

use super::bytes::Reader;
use super::case::{BASE_FEE, BLOCK_GAS, Case, CaseAccount, CaseTransaction};
use super::fragment::Party;
use super::hexed::Hexed;
use super::ours::{Blind, heat_through, state};
use erbium_vm::claims::Halt;
use erbium_vm::evm::{Evm, Outcome};
use erbium_vm::state::MemoryState;
use erbium_vm::{ChainSpec, Fork, U256};

/// What the model takes for right.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    /// Most items; 1,024 by the Yellow Paper, section 9.1.
    pub(crate) limit: usize,
    /// How much deeper than its number says a DUP reads.
    pub(crate) dup: usize,
    /// How much deeper than its number says a SWAP reaches.
    pub(crate) swap: usize,
    /// Whether EXCHANGE takes its two numbers as the EIP says.
    pub(crate) exchange: bool,
}

impl Rules {
    pub(crate) const RIGHT: Self = Self { limit: 1024, dup: 0, swap: 0, exchange: true };
}

/// The forks under test: PUSH0 is new in Shanghai, DUPN, SWAPN and EXCHANGE in Amsterdam.
const FORKS: [Fork; 4] = [Fork::Amsterdam, Fork::Osaka, Fork::Amsterdam, Fork::Frontier];
const GAS: u64 = 10_000_000;

/// The obvious stack and the code that led to it.
struct Model {
    fork: Fork,
    rules: Rules,
    items: Vec<U256>,
    code: Vec<u8>,
}

impl Model {
    fn push(&mut self, value: U256) -> Result<(), Halt> {
        if self.items.len() == self.rules.limit {
            return Err(Halt::StackOverflow);
        }
        self.items.push(value);
        Ok(())
    }

    /// Where the item `depth` items down lies, the top being 0.
    fn at(&self, depth: usize) -> Result<usize, Halt> {
        self.items.len().checked_sub(depth + 1).ok_or(Halt::StackUnderflow)
    }

    fn dup(&mut self, number: usize) -> Result<(), Halt> {
        let value = self.items[self.at(number - 1 + self.rules.dup)?];
        self.push(value)
    }

    fn swap(&mut self, one: usize, other: usize) -> Result<(), Halt> {
        let (one, other) = (self.at(one)?, self.at(other)?);
        self.items.swap(one, other);
        Ok(())
    }

    /// Writes PUSH`len` with `bytes` in front of zeros, and does it.
    fn push_bytes(&mut self, len: u8, bytes: &[u8]) -> Result<(), Halt> {
        let mut immediate = bytes.to_vec();
        immediate.resize(len.into(), 0);
        self.code.push(0x5f + len);
        self.code.extend_from_slice(&immediate);
        if len == 0 && self.fork < Fork::Shanghai {
            return Err(Halt::InvalidOpcode);
        }
        self.push(U256::from_big_endian(&immediate))
    }

    /// The instruction `byte` of EIP-8024 with its immediate.
    fn deep(&mut self, byte: u8, immediate: u8) -> Result<(), Halt> {
        let none = if byte == 0xe8 { 82..128 } else { 91..128 };
        if none.contains(&immediate) {
            // Of two reasons to halt either may be told: leave no other.
            if self.items.is_empty() {
                self.push_bytes(1, &[0])?;
            } else if self.items.len() == self.rules.limit {
                self.code.push(0x50);
                self.items.pop();
            }
        }
        self.code.extend([byte, immediate]);
        if self.fork < Fork::Amsterdam {
            return Err(Halt::InvalidOpcode);
        }
        let x = usize::from(immediate);
        if byte != 0xe8 {
            // decode_single of the EIP.
            let number = match x {
                0..=90 => x + 145,
                128.. => x - 111,
                _ => return Err(Halt::InvalidOpcode),
            };
            return if byte == 0xe6 { self.dup(number) } else { self.swap(0, number + self.rules.swap) };
        }
        // decode_pair of the EIP.
        if none.contains(&immediate) {
            return Err(Halt::InvalidOpcode);
        }
        let (q, r) = ((x ^ 143) / 16, (x ^ 143) % 16);
        let (n, m) = if q < r { (q + 1, r + 1) } else { (r + 1, 29 - q) };
        if self.rules.exchange { self.swap(n, m) } else { self.swap(n - 1, m) }
    }

    fn step(&mut self, bytes: &mut Reader<'_>) -> Result<(), Halt> {
        match bytes.byte() {
            first @ 0..=95 => self.push_bytes(first % 33, bytes.take(usize::from(first % 33).min(2))),
            first @ 96..=127 => {
                let number = first % 16;
                self.code.push(0x80 + number);
                self.dup(usize::from(number) + 1)
            }
            first @ 128..=159 => {
                let number = first % 16;
                self.code.push(0x90 + number);
                self.swap(0, usize::from(number) + 1 + self.rules.swap)
            }
            160..=175 => {
                self.code.push(0x50);
                self.items.pop().map(drop).ok_or(Halt::StackUnderflow)
            }
            first @ 176..=223 => self.deep(0xe6 + first % 3, bytes.byte()),
            _ => self.grow(bytes.byte()),
        }
    }

    /// Makes tall stacks from few bytes, every item another.
    fn grow(&mut self, by: u8) -> Result<(), Halt> {
        (0..by).try_for_each(|i| self.push_bytes(2, &[i, self.items.len() as u8]))
    }
}

/// What a run shows: the items from the top, 32 bytes each, or why it halted.
type Shown = Result<Vec<u8>, Halt>;

/// The code that `input` stands for, and what it shows by `rules`.
fn program(input: &[u8], rules: Rules) -> (Fork, Vec<u8>, Shown) {
    let mut bytes = Reader(input);
    let fork = FORKS[usize::from(bytes.below(4))];
    let mut model = Model { fork, rules, items: Vec::new(), code: Vec::new() };
    let mut answer = model.grow(bytes.byte());
    while answer.is_ok() && !bytes.is_empty() {
        answer = model.step(&mut bytes);
    }
    if let Err(halt) = answer {
        return (fork, model.code, Err(halt));
    }
    // MSTORE item by item; where the stack is full, the first one gives way to an offset.
    if model.items.len() == rules.limit {
        model.items.pop();
        model.code.push(0x50);
    }
    let mut shown = Vec::new();
    while let Some(item) = model.items.pop() {
        model.code.push(0x61);
        model.code.extend((shown.len() as u16).to_be_bytes());
        model.code.push(0x52);
        shown.extend(item.to_big_endian());
    }
    model.code.push(0x61);
    model.code.extend((shown.len() as u16).to_be_bytes());
    model.code.extend([0x60, 0, 0xf3]);
    (fork, model.code, Ok(shown))
}

fn case(fork: Fork, code: Vec<u8>) -> Case {
    let account = |party: Party, balance, code| CaseAccount {
        address: Hexed(party.address()),
        nonce: 1,
        balance: Hexed(U256::from(balance)),
        code: Hexed(code),
        storage: Vec::new(),
    };
    let transaction = CaseTransaction {
        kind: 0,
        sender: Hexed(Party::Sender.address()),
        nonce: 1,
        gas_limit: GAS,
        max_fee: BASE_FEE,
        tip: BASE_FEE,
        to: Some(Hexed(Party::Contract(0).address())),
        value: Hexed(U256::zero()),
        data: Hexed(Vec::new()),
        access_list: Vec::new(),
        authorizations: Vec::new(),
    };
    Case {
        fork: fork.name().to_owned(),
        coinbase: Hexed(Party::Coinbase.address()),
        accounts: vec![
            account(Party::Sender, 10u64.pow(18), Vec::new()),
            account(Party::Contract(0), 0, code),
        ],
        transactions: vec![transaction],
    }
}

fn run(case: &Case, state: &MemoryState, stepped: bool) -> Shown {
    let (spec, block, mut blind) = (ChainSpec::ethereum(case.fork()), case.block(), Blind);
    let mut evm = Evm::new(&spec, &block, state);
    if stepped {
        evm = evm.with_tracer(&mut blind);
    }
    let (tx, _) = case.transactions[0].transaction();
    let result = evm.transact(&tx, Party::Sender.address(), &[], BLOCK_GAS);
    let result = result.expect("a state in memory does not fail").expect("the transaction is valid");
    match result.outcome {
        Outcome::Success(_) => Ok(result.output),
        Outcome::Halt(halt) => Err(halt),
        Outcome::Revert => unreachable!("no program reverts"),
    }
}

/// How the interpreter (cold, decoded, or one instruction at a time) differs from a vector on `input`, if it does.
pub(crate) fn disagreement(input: &[u8], rules: Rules) -> Option<String> {
    let (fork, code, expected) = program(input, rules);
    let case = case(fork, code);
    let warm = state(&case);
    heat_through(&warm);
    let runs = [("cold", &state(&case), false), ("warm", &warm, false), ("stepped", &warm, true)];
    runs.into_iter().find_map(|(name, state, stepped)| {
        let seen = run(&case, state, stepped);
        let code = hex::encode(&case.accounts[1].code.0);
        (seen != expected).then(|| format!("{fork:?}, {name}, {code}: {seen:02x?} and not {expected:02x?}"))
    })
}
