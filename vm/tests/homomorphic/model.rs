//! What programs are expected to do. Types are numbers here, and rules are told the other way round than in the machine.

use crate::program::{ACCOUNTS, CONTRACTS, CallKind, End, Operand, Step, before};
use erbium_vm::{H160, U256, keccak256};
use std::collections::BTreeSet;

/// Bytes of a handle.
type Id = [u8; 32];
/// Operation's word and operands, for whom, its number, and the result.
pub(crate) type Entry = ([[u8; 32]; 4], H160, u32, Id);

/// Mistakes that a machine could make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bug {
    CounterRollsBack,
    SpentRollsBack,
    LogStays,
    MintedStay,
    PermissionsStay,
    DelegatedCodeIsTheSubject,
    StaticFramesWork,
    EverybodyMayUse,
    OnlyPermissionsCount,
    ScalarsAreCut,
    NoLimit,
}

impl Bug {
    pub(crate) const ALL: [Self; 11] = [
        Self::CounterRollsBack,
        Self::SpentRollsBack,
        Self::LogStays,
        Self::MintedStay,
        Self::PermissionsStay,
        Self::DelegatedCodeIsTheSubject,
        Self::StaticFramesWork,
        Self::EverybodyMayUse,
        Self::OnlyPermissionsCount,
        Self::ScalarsAreCut,
        Self::NoLimit,
    ];
}

/// What a frame does, with the words that the code needs.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The opcode of four words, top first, and its answer; `None` where it halts the frame.
    Compute {
        words: [[u8; 32]; 4],
        answer: Option<Id>,
    },
    Encrypt {
        kind: u8,
        value: U256,
        seed: U256,
        answer: Option<Id>,
    },
    /// `None` where the call fails.
    Precompile {
        call: CallKind,
        kind: u8,
        value: U256,
        answer: Option<Id>,
    },
    Call {
        kind: CallKind,
        target: H160,
        run: Run,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) acts: Vec<Act>,
    pub(crate) end: End,
    halts: bool,
}

impl Run {
    pub(crate) fn succeeds(&self) -> bool {
        !self.halts && self.end == End::Stop
    }
}

#[derive(Clone, Default)]
struct Revertible {
    log: Vec<Entry>,
    minted: BTreeSet<(Id, H160)>,
    allowed: BTreeSet<(Id, H160)>,
}

pub(crate) struct Model {
    chain_id: u64,
    block: u64,
    index: u32,
    base: u64,
    bug: Option<Bug>,
    now: Revertible,
    known: Vec<Id>,
    counter: u32,
    spent: u64,
}

#[derive(Clone, Copy)]
struct Frame {
    /// Whose storage it is.
    address: H160,
    code: H160,
    is_static: bool,
}

fn width(kind: u8) -> Option<u32> {
    [(0, 1), (2, 8), (3, 16), (4, 32), (5, 64), (6, 128), (7, 160), (8, 256)]
        .into_iter()
        .find_map(|(number, width)| (number == kind).then_some(width))
}

/// The type's number of what is a handle.
fn handle_kind(word: &[u8; 32]) -> Option<u8> {
    (word[21] == 0xff && word[31] == 0).then_some(word[30]).filter(|kind| width(*kind).is_some())
}

fn fits(word: &[u8; 32], kind: u8) -> bool {
    width(kind).is_some_and(|bits| U256::from_big_endian(word).bits() <= bits as usize)
}

/// Result's type and price beyond the base (`Err` for a price that stands alone), where words keep the rules.
fn rules(words: &[[u8; 32]; 4], cut_scalars: bool) -> Option<(u8, Result<u64, u64>)> {
    let [word, lhs, rhs, third] = words;
    let (code, flag, target) = (word[31], word[30], word[29]);
    if word[..29].iter().any(|byte| *byte != 0) || flag > 1 {
        return None;
    }
    let zero = |word: &[u8; 32]| *word == [0; 32];
    let priced = |result: u8, by: u8, each: u64| Some((result, Ok(u64::from(width(by)?) * each)));
    let uint = |kind: u8| matches!(kind, 2..=6 | 8);
    let named = flag == 0 && width(target).is_some();
    let bare = flag == 0 && target == 0;
    match code {
        0..=19 => {
            let left = handle_kind(lhs)?;
            let taken = match code {
                5..=7 => left != 7,
                12 | 13 => true,
                _ => uint(left),
            };
            let right = match flag {
                1 => (cut_scalars || fits(rhs, left)) && !(matches!(code, 3 | 4) && zero(rhs)),
                _ => handle_kind(rhs) == Some(left) && !matches!(code, 3 | 4),
            };
            if !taken || !right || target != 0 || !zero(third) {
                return None;
            }
            let each = match code {
                0 | 1 => 10,
                2 => 40,
                3 | 4 => 80,
                5..=7 => 6,
                8..=11 => 12,
                _ => 8,
            };
            priced(if (12..=17).contains(&code) { 0 } else { left }, left, each)
        }
        20 | 21 if bare && zero(rhs) && zero(third) => {
            let kind = handle_kind(lhs)?;
            let taken = uint(kind) || code == 21 && kind == 0;
            if taken { priced(kind, kind, if code == 20 { 10 } else { 6 }) } else { None }
        }
        23 if named && uint(target) && zero(rhs) && zero(third) => {
            let from = handle_kind(lhs)?;
            if from != 7 && from != target { priced(target, target, 8) } else { None }
        }
        25 if bare && handle_kind(lhs) == Some(0) => {
            let kind = handle_kind(rhs)?;
            if handle_kind(third) == Some(kind) { priced(kind, kind, 8) } else { None }
        }
        26 if named && target != 7 && zero(lhs) && zero(third) => priced(target, target, 8),
        32 if bare && zero(third) && fits(rhs, 7) => Some((handle_kind(lhs)?, Err(22_100))),
        _ => None,
    }
}

impl Model {
    pub(crate) fn new(chain_id: u64, block: u64, index: u32, base: u64, bug: Option<Bug>) -> Self {
        let mut now = Revertible::default();
        now.allowed.extend(before().into_iter().filter_map(|(handle, account)| Some((handle, account?))));
        let known = before().map(|(handle, _)| handle).to_vec();
        Self { chain_id, block, index, base, bug, now, known, counter: 0, spent: 0 }
    }

    pub(crate) fn log(&self) -> &[Entry] {
        &self.now.log
    }

    pub(crate) fn known(&self) -> &[Id] {
        &self.known
    }

    pub(crate) fn allows(&self, handle: &Id, account: &H160) -> bool {
        self.now.allowed.contains(&(*handle, *account))
    }

    /// Runs the first frame.
    pub(crate) fn run(&mut self, steps: &[Step]) -> Run {
        let frame = Frame { address: CONTRACTS[0], code: CONTRACTS[0], is_static: false };
        self.frame(frame, steps, End::Stop)
    }

    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn frame(&mut self, frame: Frame, steps: &[Step], end: End) -> Run {
        let (saved, counter, spent) = (self.now.clone(), self.counter, self.spent);
        let mut run = Run { acts: Vec::new(), end, halts: false };
        for step in steps {
            let act = self.act(frame, step);
            run.halts = matches!(&act, Act::Compute { answer: None, .. } | Act::Encrypt { answer: None, .. });
            run.acts.push(act);
            if run.halts {
                break;
            }
        }
        if !run.succeeds() {
            let failed = std::mem::replace(&mut self.now, saved);
            match self.bug {
                Some(Bug::CounterRollsBack) => self.counter = counter,
                Some(Bug::SpentRollsBack) => self.spent = spent,
                Some(Bug::LogStays) => self.now.log = failed.log,
                Some(Bug::MintedStay) => self.now.minted = failed.minted,
                Some(Bug::PermissionsStay) => self.now.allowed = failed.allowed,
                _ => {}
            }
        }
        run
    }

    fn act(&mut self, frame: Frame, step: &Step) -> Act {
        let delegated = self.has(Bug::DelegatedCodeIsTheSubject);
        let subject = if delegated { frame.code } else { frame.address };
        match step {
            Step::Encrypt { kind, value, seed } => {
                let answer = self.encrypt(subject, frame.is_static, *kind, value, seed);
                Act::Encrypt { kind: *kind, value: *value, seed: *seed, answer }
            }
            Step::Precompile { call, kind, value } => {
                let is_static = frame.is_static || *call == CallKind::Static;
                let answer = self.encrypt(subject, is_static, *kind, value, &U256::zero());
                Act::Precompile { call: *call, kind: *kind, value: *value, answer }
            }
            Step::Compute { code, flag, target, operands, careful } => {
                let words = self.words(*code, *flag, *target, operands, *careful);
                Act::Compute { words, answer: self.operate(subject, frame.is_static, &words) }
            }
            Step::Allow { handle, account } => {
                let mut to = [0; 32];
                to[12..].copy_from_slice(ACCOUNTS[*account].as_bytes());
                let words = [U256::from(32).to_big_endian(), self.pick(*handle, |_| true), to, [0; 32]];
                Act::Compute { words, answer: self.operate(subject, frame.is_static, &words) }
            }
            Step::Call { kind, target, body, end } => {
                let target = CONTRACTS[*target];
                let enters = matches!(kind, CallKind::Call | CallKind::Static);
                let inner = Frame {
                    address: if enters { target } else { frame.address },
                    code: target,
                    is_static: frame.is_static || *kind == CallKind::Static,
                };
                Act::Call { kind: *kind, target, run: self.frame(inner, body, *end) }
            }
        }
    }

    /// One of the known handles whose type is wanted, if there is one: from the `at`-th on.
    fn pick(&self, at: usize, wanted: impl Fn(u8) -> bool) -> Id {
        let len = self.known.len();
        let from = (0..len).map(|step| self.known[(at % len + step) % len]);
        from.clone().find(|handle| wanted(handle[30])).or(from.clone().next()).unwrap()
    }

    fn words(&self, code: u8, flag: u8, target: u8, operands: &[Operand; 3], careful: bool) -> [[u8; 32]; 4] {
        let any = operands.map(|operand| match operand {
            Operand::Known(at) => self.pick(at, |_| true),
            Operand::Number(number) => number.to_big_endian(),
        });
        let at = operands.map(|operand| match operand {
            Operand::Known(at) => at,
            Operand::Number(number) => number.low_u32() as usize,
        });
        let (mut flag, mut target, [mut lhs, mut rhs, mut third]) = (flag, target, any);
        if careful {
            let zero = [0; 32];
            // Now and then one that is too wide.
            let small = match at[1] % 16 {
                7 => 70_000,
                other => other % 2 + usize::from(matches!(code, 3 | 4)),
            };
            let small = U256::from(small).to_big_endian();
            match code {
                0..=19 => {
                    lhs = self.pick(at[0], |kind| kind == 2 || matches!(code, 5..=7 | 12 | 13));
                    let kind = lhs[30];
                    flag = if matches!(code, 3 | 4) { 1 } else { flag % 2 };
                    rhs = if flag == 1 { small } else { self.pick(at[1], |other| other == kind) };
                    (target, third) = (0, zero);
                }
                20 | 21 => {
                    (flag, target, lhs, rhs, third) = (0, 0, self.pick(at[0], |kind| kind == 2), zero, zero)
                }
                23 => (flag, rhs, third) = (0, zero, zero),
                25 => {
                    lhs = self.pick(at[0], |kind| kind == 0);
                    let kind = self.pick(at[1], |_| true)[30];
                    (flag, target) = (0, 0);
                    (rhs, third) = (self.pick(at[1], |_| true), self.pick(at[2], |other| other == kind));
                }
                26 => (flag, lhs, third) = (0, zero, zero),
                _ => {}
            }
        }
        let mut word = [0; 32];
        (word[29], word[30], word[31]) = (target, flag, code);
        [word, lhs, rhs, third]
    }

    fn encrypt(&mut self, subject: H160, is_static: bool, kind: u8, value: &U256, seed: &U256) -> Option<Id> {
        let value = value.to_big_endian();
        let each = u64::from(width(kind)?) * 8;
        if !fits(&value, kind) || is_static && !self.has(Bug::StaticFramesWork) {
            return None;
        }
        self.pay(self.base + each)?;
        let mut word = [0; 32];
        (word[29], word[31]) = (kind, 33);
        Some(self.mint(subject, [word, value, seed.to_big_endian(), [0; 32]], kind))
    }

    fn operate(&mut self, subject: H160, is_static: bool, words: &[[u8; 32]; 4]) -> Option<Id> {
        let (kind, price) = rules(words, self.has(Bug::ScalarsAreCut))?;
        if is_static && !self.has(Bug::StaticFramesWork) {
            return None;
        }
        self.pay(price.map_or_else(|whole| whole, |beyond| self.base + beyond))?;
        let (code, flag) = (words[0][31], words[0][30]);
        let used: &[usize] = match code {
            26 => &[],
            20 | 21 | 23 | 32 => &[1],
            25 => &[1, 2, 3],
            _ if flag == 1 => &[1],
            _ => &[1, 2],
        };
        for &at in used {
            let key = (words[at], subject);
            let minted = self.now.minted.contains(&key) && !self.has(Bug::OnlyPermissionsCount);
            if !minted && !self.now.allowed.contains(&key) && !self.has(Bug::EverybodyMayUse) {
                return None;
            }
        }
        if code != 32 {
            return Some(self.mint(subject, *words, kind));
        }
        self.now.allowed.insert((words[1], H160::from_slice(&words[2][12..])));
        self.now.log.push((*words, subject, self.counter, words[1]));
        self.counter += 1;
        Some(words[1])
    }

    fn pay(&mut self, price: u64) -> Option<()> {
        if self.spent + price > 10_000_000 && !self.has(Bug::NoLimit) {
            return None;
        }
        self.spent += price;
        Some(())
    }

    fn mint(&mut self, subject: H160, words: [[u8; 32]; 4], kind: u8) -> Id {
        let mut bytes = b"erbium/he/v1".to_vec();
        words.iter().for_each(|word| bytes.extend(word));
        bytes.extend(self.chain_id.to_be_bytes());
        bytes.extend(self.block.to_be_bytes());
        bytes.extend(subject.as_bytes());
        bytes.extend(self.index.to_be_bytes());
        bytes.extend(self.counter.to_be_bytes());
        let mut id = keccak256(&bytes).0;
        id[21] = 0xff;
        id[22..30].copy_from_slice(&self.chain_id.to_be_bytes());
        (id[30], id[31]) = (kind, 0);
        self.now.minted.insert((id, subject));
        self.now.log.push((words, subject, self.counter, id));
        self.known.push(id);
        self.counter += 1;
        id
    }
}
