//! Stealth addresses: `{cases: [{spend_key, view_key, meta_address, ephemeral_key, ephemeral_public_key, view_tag,
//! stealth_address, stealth_key}]}`, hexadecimal.

use super::ReadError;
use super::judge::{Case, Question};
use crate::hex::Bytes;
use erbium_gpu::cpu::stealth;
use erbium_vm::H256;
use erbium_vm::claims::Derivation;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    cases: Vec<Payment>,
}

#[derive(Deserialize)]
struct Payment {
    spend_key: Bytes,
    view_key: Bytes,
    meta_address: Bytes,
    ephemeral_key: Bytes,
    ephemeral_public_key: Bytes,
    view_tag: Bytes,
    stealth_address: Bytes,
    stealth_key: Bytes,
}

impl Payment {
    fn announcement(&self) -> Vec<u8> {
        [&self.ephemeral_public_key.0[..], &self.view_tag.0, &self.stealth_address.0].concat()
    }
}

pub(super) fn cases(json: &[u8]) -> Result<Vec<Case>, ReadError> {
    let file: File = serde_json::from_slice(json)?;
    (0..file.cases.len())
        .filter_map(|index| file.cases.get(index).map(|own| case(index, own, &file.cases)))
        .collect()
}

fn case(index: usize, own: &Payment, all: &[Payment]) -> Result<Case, ReadError> {
    let fixed = |what: &'static str, bytes: &Bytes, expected: usize| {
        let got = bytes.0.len();
        if got == expected {
            Ok(())
        } else {
            Err(ReadError::Length { case: index.to_string(), what, got, expected })
        }
    };
    fixed("ephemeral_public_key", &own.ephemeral_public_key, 33)?;
    fixed("view_tag", &own.view_tag, 1)?;
    fixed("stealth_address", &own.stealth_address, 20)?;
    let secret = |what, bytes: &Bytes| fixed(what, bytes, 32).map(|()| H256::from_slice(&bytes.0));
    let (spend, view) = (secret("spend_key", &own.spend_key)?, secret("view_key", &own.view_key)?);
    let ephemeral = secret("ephemeral_key", &own.ephemeral_key)?;
    fixed("meta_address", &own.meta_address, 66)?;
    let mut meta_address = [0; 66];
    meta_address.copy_from_slice(&own.meta_address.0);
    let mut spend_public_key = [0; 33];
    spend_public_key.copy_from_slice(&meta_address[..33]);
    let mut public_key = [0; 33];
    public_key.copy_from_slice(&own.ephemeral_public_key.0);

    let paying = Question {
        what: "stealth address, ephemeral key and view tag".to_owned(),
        asked: Derivation::StealthAddress { ephemeral_key: ephemeral, meta_address },
        expected: Ok(
            [&[0; 12], &own.stealth_address.0[..], &own.ephemeral_public_key.0, &own.view_tag.0].concat()
        ),
    };
    // Everybody's announcements, and the own one with another tag, address and key.
    let mut announcements: Vec<u8> = all.iter().flat_map(Payment::announcement).collect();
    for at in [33, 53, 0] {
        let mut changed = own.announcement();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1;
        }
        announcements.extend(changed);
    }
    let ours: Vec<_> = (0..all.len() + 3).map(|place| u8::from(place == index)).collect();
    let mut count = [0; 32];
    count[31] = 1;
    let scanning = Question {
        what: "announcements".to_owned(),
        asked: Derivation::StealthScan { view_key: view, spend_public_key, announcements },
        expected: Ok([&count[..], &ours].concat()),
    };
    let stated = |what: &str, ours: Option<Vec<u8>>, theirs: &Bytes| Question {
        what: what.to_owned(),
        asked: ours.unwrap_or_default(),
        expected: theirs.0.clone(),
    };
    let meta = stealth::meta_address(&spend.0, &view.0).map(|bytes| bytes.to_vec());
    let key = stealth::stealth_key(&spend.0, &view.0, &public_key);
    let account =
        key.as_ref().and_then(|key| stealth::account(key)).map(|account| account.as_bytes().to_vec());
    Ok(Case {
        id: format!("{index}"),
        claims: Vec::new(),
        derivations: vec![paying, scanning],
        stated: vec![
            stated("meta-address", meta, &own.meta_address),
            stated("stealth key", key.map(|key| key.to_vec()), &own.stealth_key),
            stated("account of the stealth key", account, &own.stealth_address),
        ],
    })
}
