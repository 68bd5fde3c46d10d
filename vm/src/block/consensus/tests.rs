#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::spec::BlobSchedule;
use proptest::prelude::*;

const TARGET: u64 = 15_000_000;

/// A valid parent under `fork`.
fn parent(fork: Fork) -> Header {
    let has = |since| fork >= since;
    Header {
        number: 7,
        timestamp: 1000,
        gas_limit: 2 * TARGET,
        gas_used: TARGET,
        difficulty: if has(Fork::Paris) { U256::zero() } else { U256::from(1 << 20) },
        ommers_hash: EMPTY_OMMERS_HASH,
        base_fee_per_gas: has(Fork::London).then(|| U256::from(800)),
        withdrawals_root: has(Fork::Shanghai).then(H256::zero),
        blob_gas_used: has(Fork::Cancun).then_some(0),
        excess_blob_gas: has(Fork::Cancun).then_some(0),
        parent_beacon_block_root: has(Fork::Cancun).then(H256::zero),
        requests_hash: has(Fork::Prague).then(H256::zero),
        block_access_list_hash: has(Fork::Amsterdam).then(H256::zero),
        slot_number: has(Fork::Amsterdam).then_some(9),
        ..Header::default()
    }
}

/// A valid child of [`parent`].
fn child(fork: Fork) -> Header {
    let parent = parent(fork);
    let formula = DifficultyFormula::of(fork);
    let difficulty = if fork >= Fork::Paris { U256::zero() } else { formula.next(&parent, 8, 1012) };
    Header { parent_hash: parent.hash(), number: 8, timestamp: 1012, difficulty, ..parent }
}

fn judge_after(fork: Fork, header: &Header, parent: &Header) -> Result<(), HeaderError> {
    let spec = ChainSpec::ethereum(fork);
    let rules = HeaderRules { spec: &spec, difficulty: DifficultyFormula::of(fork), dao_fork: None };
    rules.validate(header, parent)
}

fn judge(fork: Fork, change: impl FnOnce(&mut Header)) -> Result<(), HeaderError> {
    let mut header = child(fork);
    change(&mut header);
    judge_after(fork, &header, &parent(fork))
}

#[test]
fn a_child_is_valid_under_every_fork() {
    for fork in Fork::ALL {
        assert_eq!(judge(fork, |_| {}), Ok(()), "{fork}");
    }
}

#[test]
fn place_and_time_follow_the_parent() {
    let fork = Fork::Osaka;
    assert!(matches!(judge(fork, |h| h.parent_hash = H256::zero()), Err(HeaderError::ParentHash { .. })));
    assert_eq!(judge(fork, |h| h.number = 9), Err(HeaderError::Number { expected: 8, got: 9 }));
    assert_eq!(judge(fork, |h| h.timestamp = 1000), Err(HeaderError::Timestamp { parent: 1000, got: 1000 }));
    assert_eq!(judge(fork, |h| h.timestamp = 1001), Ok(()));
    assert_eq!(judge(fork, |h| h.extra_data = vec![0; 33]), Err(HeaderError::ExtraDataTooLong { got: 33 }));
    assert_eq!(judge(fork, |h| h.extra_data = vec![0; 32]), Ok(()));
}

#[test]
fn the_gas_limit_moves_by_less_than_a_1024th() {
    let (fork, parent, step) = (Fork::Berlin, 2 * TARGET, 2 * TARGET / 1024);
    assert_eq!(judge(fork, |h| h.gas_limit = parent + step - 1), Ok(()));
    assert_eq!(judge(fork, |h| h.gas_limit = parent - step + 1), Ok(()));
    for got in [parent + step, parent - step] {
        assert_eq!(judge(fork, |h| h.gas_limit = got), Err(HeaderError::GasLimitStep { parent, got }));
    }
    let got = MAX_GAS_LIMIT + 1;
    assert_eq!(judge(fork, |h| h.gas_limit = got), Err(HeaderError::GasLimitTooHigh { got }));
    let (limit, got) = (parent, parent + 1);
    assert_eq!(judge(fork, |h| h.gas_used = got), Err(HeaderError::GasUsedAboveLimit { limit, got }));
}

#[test]
fn the_gas_limit_has_a_least() {
    let parent = Header { gas_limit: 5002, gas_used: 0, ..parent(Fork::Berlin) };
    let judge = |gas_limit| {
        let header = Header { parent_hash: parent.hash(), gas_limit, gas_used: 0, ..child(Fork::Berlin) };
        judge_after(Fork::Berlin, &header, &parent)
    };
    assert_eq!(judge(5000), Ok(()));
    assert_eq!(judge(4999), Err(HeaderError::GasLimitTooLow { got: 4999 }));
}

#[test]
fn fields_come_with_their_forks() {
    let missing = |field, fork| Err(HeaderError::FieldMissing { field, fork });
    let unexpected = |field, fork| Err(HeaderError::FieldUnexpected { field, fork });
    assert_eq!(judge(Fork::London, |h| h.base_fee_per_gas = None), missing("baseFeePerGas", Fork::London));
    let fork = Fork::Berlin;
    assert_eq!(judge(fork, |h| h.base_fee_per_gas = Some(0.into())), unexpected("baseFeePerGas", fork));
    let fork = Fork::Cancun;
    assert_eq!(judge(fork, |h| h.withdrawals_root = None), missing("withdrawalsRoot", fork));
    assert_eq!(judge(fork, |h| h.blob_gas_used = None), missing("blobGasUsed", fork));
    assert_eq!(judge(fork, |h| h.parent_beacon_block_root = None), missing("parentBeaconBlockRoot", fork));
    assert_eq!(judge(fork, |h| h.requests_hash = Some(H256::zero())), unexpected("requestsHash", fork));
}

#[test]
fn the_merge_left_constants() {
    let zero = U256::zero();
    let work = Err(HeaderError::Difficulty { expected: zero, got: U256::one() });
    assert_eq!(judge(Fork::Paris, |h| h.difficulty = U256::one()), work);
    assert!(matches!(judge(Fork::London, |h| h.difficulty = zero), Err(HeaderError::Difficulty { .. })));
    assert_eq!(judge(Fork::Paris, |h| h.nonce[7] = 1), Err(HeaderError::Nonce { got: 1u64.to_be_bytes() }));
    assert_eq!(judge(Fork::London, |h| h.nonce[7] = 1), Ok(()));
    let ommers = judge(Fork::Paris, |h| h.ommers_hash = H256::zero());
    assert!(matches!(ommers, Err(HeaderError::OmmersAfterMerge { .. })));
}

#[test]
fn the_dao_fork_marks_ten_blocks() {
    let spec = ChainSpec::ethereum(Fork::Homestead);
    let judge = |dao_fork, extra_data: &[u8]| {
        let rules = HeaderRules { spec: &spec, difficulty: DifficultyFormula::Homestead, dao_fork };
        let header = Header { extra_data: extra_data.to_vec(), ..child(Fork::Homestead) };
        rules.validate(&header, &parent(Fork::Homestead)).is_ok()
    };
    for dao_fork in [None, Some(9), Some(100)] {
        assert!(judge(dao_fork, b""));
    }
    assert!(judge(Some(8), DAO_EXTRA_DATA) && !judge(Some(8), b"") && !judge(Some(0), b"dao"));
}

#[test]
fn the_base_fee_follows_use() {
    let next = |gas_used| next_base_fee(&Header { gas_used, ..parent(Fork::London) }).as_u64();
    assert_eq!([0, TARGET, 2 * TARGET].map(next), [700, 800, 900]);
    assert_eq!(next(TARGET + 1), 801, "it rises by one at least");
    assert_eq!(next(TARGET - 1), 800);
    let (expected, got) = (U256::from(800), U256::from(801));
    let wrong = judge(Fork::London, |h| h.base_fee_per_gas = Some(got));
    assert_eq!(wrong, Err(HeaderError::BaseFee { expected, got }));
}

#[test]
fn the_first_london_block_has_twice_the_room_and_a_set_fee() {
    let parent = parent(Fork::Berlin);
    let header = Header {
        base_fee_per_gas: Some(INITIAL_BASE_FEE.into()),
        gas_limit: 2 * parent.gas_limit,
        ..child(Fork::Berlin)
    };
    assert_eq!(judge_after(Fork::London, &header, &parent), Ok(()));
    let one_fold = Header { gas_limit: parent.gas_limit, ..header };
    let refused = judge_after(Fork::London, &one_fold, &parent);
    assert!(matches!(refused, Err(HeaderError::GasLimitStep { .. })));
}

#[test]
fn excess_blob_gas_is_what_is_above_the_target() {
    let spec = ChainSpec::ethereum(Fork::Cancun);
    let next = |excess, used| {
        let (excess_blob_gas, blob_gas_used) = (Some(excess), Some(used * GAS_PER_BLOB));
        next_excess_blob_gas(&spec, &Header { excess_blob_gas, blob_gas_used, ..parent(Fork::Cancun) })
    };
    assert_eq!([next(0, 2), next(0, 3), next(0, 4), next(7, 3)], [0, 0, GAS_PER_BLOB, 7]);
    assert_eq!(next_excess_blob_gas(&spec, &parent(Fork::Shanghai)), 0);
    let (limit, got) = (6 * GAS_PER_BLOB, 7 * GAS_PER_BLOB);
    let above = judge(Fork::Cancun, |h| h.blob_gas_used = Some(got));
    assert_eq!(above, Err(HeaderError::BlobGasAboveLimit { limit, got }));
    let part = judge(Fork::Cancun, |h| h.blob_gas_used = Some(1));
    assert_eq!(part, Err(HeaderError::BlobGasNotWhole { got: 1 }));
    let excess = judge(Fork::Cancun, |h| h.excess_blob_gas = Some(1));
    assert_eq!(excess, Err(HeaderError::ExcessBlobGas { expected: 0, got: 1 }));
}

#[test]
fn a_high_base_fee_keeps_blobs_from_getting_cheap() {
    let spec = ChainSpec::ethereum(Fork::Osaka);
    let next = |base_fee: u64| {
        let parent = Header {
            base_fee_per_gas: Some(base_fee.into()),
            excess_blob_gas: Some(0),
            blob_gas_used: Some(6 * GAS_PER_BLOB),
            ..parent(Fork::Osaka)
        };
        next_excess_blob_gas(&spec, &parent)
    };
    // 8192 times the base fee against 131072 times a blob fee of 1: equal at 16.
    assert_eq!([next(16), next(17)], [0, 6 * GAS_PER_BLOB / 3]);
}

proptest! {
    /// No header of any numbers makes the arithmetic fail.
    #[test]
    fn any_two_headers_are_judged(
        numbers in any::<[u64; 10]>(), fees in any::<[[u64; 4]; 3]>(), fork in 0..Fork::ALL.len(), max: u64, target: u64,
    ) {
        let fork = Fork::ALL[fork];
        let mut spec = ChainSpec::ethereum(fork);
        spec.blobs = BlobSchedule { target, max, base_fee_update_fraction: numbers[0] | 1 << 50 };
        let parent = Header {
            number: numbers[0], timestamp: numbers[1], gas_limit: numbers[2], gas_used: numbers[3],
            excess_blob_gas: Some(numbers[4] >> 12), blob_gas_used: Some(numbers[5]),
            base_fee_per_gas: Some(U256(fees[0])), difficulty: U256(fees[1]), ..parent(fork)
        };
        let header = Header {
            parent_hash: parent.hash(), number: numbers[0].wrapping_add(1), timestamp: numbers[6],
            gas_limit: parent.gas_limit, gas_used: numbers[7], difficulty: U256(fees[2]), ..child(fork)
        };
        let rules = HeaderRules { spec: &spec, difficulty: DifficultyFormula::of(fork), dao_fork: Some(numbers[8]) };
        let _ = rules.validate(&header, &parent);
        let _ = (next_base_fee(&parent), next_excess_blob_gas(&spec, &parent), rules.seal(&header, &parent));
    }
}
