//! The contracts, who calls them, and what is sent to them.

use erbium::Seed;
use erbium::confidential::{Plan, Wallet};
use erbium::keys::Key;
use erbium::vm::claims::DilithiumScheme;
use erbium::vm::spec::Extensions;
use erbium::vm::{ChainSpec, Fork, H160, H256, keccak256};
use serde_json::json;

pub(crate) const VAULT: H160 = H160::repeat_byte(0xfa);
pub(crate) const ANNOUNCER: H160 = H160::repeat_byte(0x55);

pub(crate) fn contract(name: &str) -> Vec<u8> {
    let path = format!("{}/examples/privacy/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    hex::decode(std::fs::read_to_string(path).unwrap().trim()).unwrap()
}

/// Rules without system contracts, so that a state is small.
pub(crate) fn spec() -> ChainSpec {
    ChainSpec { extensions: Extensions::Erbium, chain_id: 17_778, ..ChainSpec::ethereum(Fork::Cancun) }
}

/// Somebody: a key for transactions, and a wallet. Seeds of examples are public.
pub(crate) struct Person {
    pub(crate) key: Key,
    pub(crate) wallet: Wallet,
    seed: u8,
}

impl Person {
    pub(crate) fn new(seed: u8) -> Self {
        let key = Key::from_seed(DilithiumScheme::MlDsa44, &[seed; 32]).unwrap();
        Self { key, wallet: Wallet::new(Seed::new([seed; 32])), seed }
    }

    pub(crate) fn address(&self) -> H160 {
        self.key.address()
    }

    pub(crate) fn stealth(&self) -> erbium::stealth::StealthWallet {
        erbium::stealth::StealthWallet::new(Seed::new([self.seed; 32]))
    }

    /// Data of a deposit, and its commitment. The note's blinding goes over the wire: a deposit's amount is public anyway.
    pub(crate) fn deposit(&self, index: u64, value: u64) -> (Vec<u8>, H256) {
        let plan = plan(&[0; 32], 0, &[(index, value)], &[]);
        let opening = self.wallet.opening(&plan.inputs[0]).unwrap();
        let mut blinding = opening.blinding.to_bytes();
        blinding.reverse();
        ([&[0][..], &blinding].concat(), H256(opening.commit()))
    }
}

pub(crate) fn word(address: H160) -> [u8; 32] {
    H256::from(address).0
}

/// A plan on the example's chain; notes are pairs of index and value.
pub(crate) fn plan(context: &[u8; 32], fee: u64, inputs: &[(u64, u64)], outputs: &[(u64, u64)]) -> Plan {
    let notes = |notes: &[(u64, u64)]| {
        notes.iter().map(|(index, value)| json!({"index": index, "value": value})).collect::<Vec<_>>()
    };
    let plan = json!({
        "chainId": 17_778,
        "context": format!("0x{}", hex::encode(context)),
        "fee": fee,
        "inputs": notes(inputs),
        "outputs": notes(outputs),
    });
    Plan::from_json(&plan.to_string()).unwrap()
}

/// A transfer's frame: who calls the vault as which of its transfers, and who gets what.
pub(crate) struct Frame<'a> {
    pub(crate) caller: H160,
    pub(crate) number: u64,
    pub(crate) payee: H160,
    pub(crate) owners: &'a [H160],
}

impl Frame<'_> {
    /// keccak256(vault | caller | number | payee | owners), each padded.
    pub(crate) fn context(&self) -> [u8; 32] {
        let mut input =
            [word(VAULT), word(self.caller), H256::from_low_u64_be(self.number).0, word(self.payee)].concat();
        input.extend(self.owners.iter().flat_map(|owner| word(*owner)));
        keccak256(&input).0
    }

    /// Call data around a body.
    pub(crate) fn data(&self, body: &[u8]) -> Vec<u8> {
        let owners: Vec<u8> = self.owners.iter().flat_map(|owner| word(*owner)).collect();
        [&[1][..], &word(self.payee), body, &owners].concat()
    }

    /// Call data of a transfer, and what it makes.
    pub(crate) fn transfer(
        &self,
        wallet: &Wallet,
        fee: u64,
        inputs: &[(u64, u64)],
        outputs: &[(u64, u64)],
    ) -> (Vec<u8>, Vec<H256>) {
        let made = wallet.transfer(&plan(&self.context(), fee, inputs, outputs)).unwrap();
        (self.data(&made.body), made.outputs.into_iter().map(H256).collect())
    }
}
