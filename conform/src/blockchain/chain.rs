//! A chain of blocks, with side chains, as a test hands them over.

use super::network::{Era, Network};
use super::refusal::Refusal;
use crate::state_test::root;
use crate::t8n::TraceOptions;
use erbium_vm::ParallelVM;
use erbium_vm::block::{
    Ancestor, Block, BlockError, BlockInput, Header, HeaderRules, MAX_OMMER_DEPTH, StateRoot, apply_dao_fork,
    check_contents, check_result, validate_ommers,
};
use erbium_vm::claims::Fault;
use erbium_vm::evm::{BlockEnv, Evm, JsonTracer};
use erbium_vm::speculation::Counters;
use erbium_vm::state::{MemoryState, StateBackend, StateChanges};
use erbium_vm::{Fork, H160, H256, Rejection, U256};
use std::collections::HashMap;
use std::io::{self, Write};

/// What the chain knows of a block it has taken.
struct Node {
    header: Header,
    hash: H256,
    ommers: Vec<H256>,
    parent: Option<usize>,
    total_difficulty: U256,
    /// The state behind it, until the last block that builds on it takes it over.
    state: Option<MemoryState>,
}

/// The blocks taken so far.
pub(super) struct Chain<'a> {
    network: &'a Network,
    vm: &'a ParallelVM,
    nodes: Vec<Node>,
    by_hash: HashMap<H256, usize>,
    /// How often each hash is still asked for its state.
    uses: HashMap<H256, usize>,
    head: usize,
}

/// A block and who signed what is in it.
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    pub(super) block: &'a Block,
    pub(super) rlp_size: usize,
    pub(super) senders: &'a [Result<H160, Rejection>],
    pub(super) authorities: &'a [Vec<Option<H160>>],
}

/// Where to write what, while blocks are executed.
pub(super) struct Trace<'a> {
    pub(super) options: TraceOptions,
    pub(super) out: &'a mut dyn Write,
    /// What kept it from being written.
    pub(super) error: Option<io::Error>,
}

/// Why a block was not taken; the state that does not have the header's root where it came so far.
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    /// Another rule that the refused transaction breaks: which is asked first is not said anywhere.
    pub(super) also: Option<Refusal>,
    pub(super) state: Option<MemoryState>,
}

impl From<Refusal> for Box<Refused> {
    fn from(refusal: Refusal) -> Self {
        Self::new(Refused { refusal, also: None, state: None })
    }
}

impl<'a> Chain<'a> {
    /// A chain that starts with `genesis`. `uses` says how often the state behind each block is asked for: a block that
    /// is refused counts too.
    pub(super) fn new(
        network: &'a Network,
        vm: &'a ParallelVM,
        genesis: Header,
        state: MemoryState,
        uses: HashMap<H256, usize>,
    ) -> Self {
        let hash = genesis.hash();
        let total_difficulty = genesis.difficulty;
        let mut chain = Self { network, vm, nodes: Vec::new(), by_hash: HashMap::new(), uses, head: 0 };
        let (ommers, parent) = (Vec::new(), None);
        chain.push(Node { header: genesis, hash, ommers, parent, total_difficulty, state: Some(state) });
        chain
    }

    /// Header of the canonical chain's newest block.
    pub(super) fn head(&self) -> Option<&Header> {
        self.nodes.get(self.head).map(|node| &node.header)
    }

    /// The state behind the canonical chain's newest block, if the chain has it, and its root.
    pub(super) fn last(&self) -> Option<(&MemoryState, H256)> {
        let node = self.nodes.get(self.head)?;
        Some((node.state.as_ref()?, node.header.state_root))
    }

    /// The state behind the block with this hash, if the chain has it.
    pub(super) fn state(&self, hash: H256) -> Option<&MemoryState> {
        self.nodes.get(*self.by_hash.get(&hash)?)?.state.as_ref()
    }

    /// Judges and executes a block, and takes it where it is valid. A block that was taken before is left at that.
    pub(super) fn import(
        &mut self,
        signed: Signed<'_>,
        trace: Option<&mut Trace<'_>>,
    ) -> Result<Result<(), Box<Refused>>, Fault> {
        let block = signed.block;
        let (header, hash) = (&block.header, block.hash());
        let Some(&parent) = self.by_hash.get(&header.parent_hash) else {
            return Ok(Err(Refusal::UnknownParent(header.parent_hash).into()));
        };
        let state = self.take_state(parent)?;
        if self.by_hash.contains_key(&hash) {
            return Ok(Ok(()));
        }
        let network = self.network;
        let era = network.era(header.number, header.timestamp, self.nodes[parent].total_difficulty);
        if let Err(refused) = self.judge(block, parent, era) {
            return Ok(Err(refused));
        }
        let state = match execute(self.vm, era, network.dao_fork(), &signed, state, trace)? {
            Ok(state) => state,
            Err(refused) => return Ok(Err(refused)),
        };
        let total_difficulty = self.nodes[parent].total_difficulty.saturating_add(header.difficulty);
        let place = self.push(Node {
            header: header.clone(),
            hash,
            ommers: block.ommers.iter().map(Header::hash).collect(),
            parent: Some(parent),
            total_difficulty,
            state: Some(state),
        });
        // Before the Merge the most work counts, of equal work the first; after it whatever came last.
        if era.spec.has(Fork::Paris) || total_difficulty > self.nodes[self.head].total_difficulty {
            self.head = place;
        }
        Ok(Ok(()))
    }

    /// What can be judged without the state: the header and the ommers.
    fn judge(&self, block: &Block, parent: usize, era: &Era) -> Result<(), Box<Refused>> {
        let header = &block.header;
        self.rules(era).validate(header, &self.nodes[parent].header).map_err(Refusal::Header)?;
        let ancestors = self.ancestors(parent);
        let judge_ommer = |ommer: &Header, ommers_parent: &Header| {
            let work = self.by_hash.get(&ommer.parent_hash).map(|&place| self.nodes[place].total_difficulty);
            let era = self.network.era(ommer.number, ommer.timestamp, work.unwrap_or_default());
            self.rules(era).validate(ommer, ommers_parent)
        };
        validate_ommers(header, &block.ommers, &ancestors, judge_ommer).map_err(Refusal::Ommer)?;
        Ok(())
    }

    fn rules<'e>(&self, era: &'e Era) -> HeaderRules<'e> {
        HeaderRules { spec: &era.spec, difficulty: era.difficulty, dao_fork: self.network.dao_fork() }
    }

    /// `place` and what is before it, as far back as ommers are looked for.
    fn ancestors(&self, place: usize) -> Vec<Ancestor<'_>> {
        let nodes = std::iter::successors(self.nodes.get(place), |node| self.nodes.get(node.parent?));
        let ancestor = |node| {
            let Node { header, hash, ommers, .. }: &Node = node;
            Ancestor { header, hash: *hash, ommers }
        };
        nodes.take(MAX_OMMER_DEPTH + 1).map(ancestor).collect()
    }

    /// The state behind a block: its own for the last who asks, else a copy. It knows the block's own hash.
    fn take_state(&mut self, place: usize) -> Result<MemoryState, Fault> {
        let Node { hash, header, state, .. } = &mut self.nodes[place];
        let left = self.uses.get_mut(hash).map_or(0, |uses| {
            *uses = uses.saturating_sub(1);
            *uses
        });
        let taken = if left == 0 { state.take() } else { state.clone() };
        let mut taken = taken.ok_or_else(|| Fault::Backend {
            what: format!("state behind block {hash:?}"),
            reason: "it was asked for more often than announced".to_owned(),
        })?;
        taken.insert_block_hash(header.number, *hash);
        Ok(taken)
    }

    fn push(&mut self, mut node: Node) -> usize {
        if self.uses.get(&node.hash).is_none_or(|&uses| uses == 0) {
            node.state = None;
        }
        self.by_hash.insert(node.hash, self.nodes.len());
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

/// Executes a block on the state before it; the state after it.
fn execute(
    vm: &ParallelVM,
    era: &Era,
    dao_fork: Option<u64>,
    signed: &Signed<'_>,
    mut state: MemoryState,
    trace: Option<&mut Trace<'_>>,
) -> Result<Result<MemoryState, Box<Refused>>, Fault> {
    let header = &signed.block.header;
    let mut senders = Vec::with_capacity(signed.senders.len());
    for (index, sender) in signed.senders.iter().enumerate() {
        match sender {
            Ok(sender) => senders.push(*sender),
            Err(reason) => return Ok(Err(Refusal::Signature { index, reason: reason.clone() }.into())),
        }
    }
    let env = match BlockEnv::of_header(&era.spec, header) {
        Ok(env) => env,
        Err(error) => return Ok(Err(Refusal::Block(error).into())),
    };
    let before = Before(&state);
    let input = BlockInput {
        block: signed.block,
        senders: &senders,
        authorities: signed.authorities,
        rlp_size: Some(signed.rlp_size),
        state_root: (era.spec.fork < Fork::Byzantium).then_some(&before as &dyn StateRoot),
    };
    let (mut tracer, mut error) = match trace {
        Some(Trace { options, out, error }) => (Some(options.tracer(&era.spec, out)), Some(error)),
        None => (None, None),
    };
    let mut evm = Evm::new(&era.spec, &env, &state);
    if let Some(tracer) = &mut tracer {
        evm = evm.with_tracer(tracer);
    }
    if dao_fork == Some(header.number) {
        apply_dao_fork(&mut evm)?;
    }
    let executed = vm.execute_block(&mut evm, &input, &mut Counters::default())?;
    let changes = evm.journal.into_changes();
    if let (Some(Err(failed)), Some(error)) = (tracer.map(JsonTracer::finish), &mut error) {
        error.get_or_insert(failed);
    }
    let result = match executed {
        Ok(result) => result,
        Err(error) => {
            let also = fee_below_base(&error, signed.block, env.base_fee).map(Refusal::Block);
            return Ok(Err(Box::new(Refused { refusal: Refusal::Block(error), also, state: None })));
        }
    };
    state.commit(&changes)?;
    // Tests with a bad transaction have the root of the good ones in the header: what execution says counts first.
    if let Err(error) = check_contents(era.spec.fork, signed.block) {
        return Ok(Err(Refusal::Commitment(error).into()));
    }
    Ok(match check_result(era.spec.fork, header, &result, root(&state)) {
        Ok(()) => Ok(state),
        Err(error) => {
            let refusal = Refusal::Commitment(error);
            Err(Box::new(Refused { refusal, also: None, state: Some(state) }))
        }
    })
}

/// The rule on the base fee, where the transaction that was refused for another breaks it too.
fn fee_below_base(error: &BlockError, block: &Block, base_fee: U256) -> Option<BlockError> {
    let BlockError::Transaction { index, .. } = *error else { return None };
    let max_fee = block.transactions.get(index)?.max_fee_per_gas;
    let reason = Rejection::FeeBelowBase { max_fee, base_fee };
    (max_fee < base_fee).then_some(BlockError::Transaction { index, reason })
}

/// Roots of states within a block, for receipts before Byzantium.
#[derive(Debug)]
struct Before<'a>(&'a MemoryState);

impl StateRoot for Before<'_> {
    fn root_after(&self, changes: &StateChanges) -> Result<H256, Fault> {
        let mut state = self.0.clone();
        state.commit(changes)?;
        Ok(root(&state))
    }
}
