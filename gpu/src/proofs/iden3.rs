//! Import of iden3's `.r1cs` files, as circom writes them (version 1 of the binary format).
//!
//! Numbers are little-endian. Wire 0 is the constant one, then come public outputs, public inputs, private inputs and the
//! rest, which is the order that [`R1cs`] has.

use super::r1cs::{R1cs, R1csError, Reader, number};
use ark_bls12_381::Fr;

/// Bytes of a field element.
const ELEMENT: usize = 32;

/// The parts of a file that say what is in it.
struct Header {
    wires: u32,
    publics: u32,
    constraints: u32,
}

fn u32(reader: &mut Reader<'_>, what: &'static str) -> Result<u32, R1csError> {
    reader.array(what).map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64(reader: &mut Reader<'_>, what: &'static str) -> Result<u64, R1csError> {
    reader.array(what).map(|bytes| u64::from_le_bytes(*bytes))
}

impl R1cs {
    /// Reads a file of iden3's format over BLS12-381's scalar field.
    ///
    /// # Errors
    /// [`R1csError`] with what is wrong.
    pub fn read_iden3(file: &[u8]) -> Result<Self, R1csError> {
        let mut reader = Reader::new(file);
        if reader.array("its beginning").ok() != Some(b"r1cs") {
            return Err(R1csError::Magic { expected: "iden3's r1cs" });
        }
        let version = u32(&mut reader, "the version")?;
        if version != 1 {
            return Err(R1csError::Version { version });
        }
        let (mut header, mut constraints) = (None, None);
        for _ in 0..u32(&mut reader, "the number of sections")? {
            let kind = u32(&mut reader, "a section's head")?;
            let len = u64(&mut reader, "a section's head")?;
            let len = usize::try_from(len).map_err(|_| R1csError::End { what: "a section" })?;
            let section = reader.bytes(len, "a section")?;
            let slot = match kind {
                1 => &mut header,
                2 => &mut constraints,
                // Labels of wires, and what custom gates need.
                _ => continue,
            };
            if slot.replace(section).is_some() {
                return Err(R1csError::Section {
                    what: if kind == 1 { "the header" } else { "the constraints" },
                });
            }
        }
        let header = read_header(header.ok_or(R1csError::Section { what: "the header" })?)?;
        let section = constraints.ok_or(R1csError::Section { what: "the constraints" })?;
        let mut reader = Reader::new(section);
        let sums = (0..header.constraints as usize).map(|constraint| {
            let [a, b, c] = [(); 3].map(|()| read_sum(&mut reader, constraint));
            Ok([a?, b?, c?])
        });
        let system = Self::new(header.wires, header.publics, sums)?;
        match reader.rest().len() {
            0 => Ok(system),
            bytes => Err(R1csError::Rest { bytes }),
        }
    }
}

fn read_header(section: &[u8]) -> Result<Header, R1csError> {
    const WHAT: &str = "the header";
    let mut reader = Reader::new(section);
    let mut order = erbium_claims::BLS12_381_ORDER;
    order.reverse();
    if u32(&mut reader, WHAT)? as usize != ELEMENT || reader.array(WHAT)? != &order {
        return Err(R1csError::Field);
    }
    let wires = u32(&mut reader, WHAT)?;
    let [outputs, inputs, _private] = [(); 3].map(|()| u32(&mut reader, WHAT));
    let _labels = u64(&mut reader, WHAT)?;
    let constraints = u32(&mut reader, WHAT)?;
    Ok(Header { wires, publics: outputs?.saturating_add(inputs?), constraints })
}

fn read_sum(reader: &mut Reader<'_>, constraint: usize) -> Result<Vec<(Fr, u32)>, R1csError> {
    const WHAT: &str = "a constraint";
    let count = u32(reader, WHAT)?;
    let mut sum = Vec::new();
    for _ in 0..count {
        let wire = u32(reader, WHAT)?;
        let mut element: [u8; ELEMENT] = *reader.array(WHAT)?;
        element.reverse();
        sum.push((number(&element).ok_or(R1csError::Coefficient { constraint })?, wire));
    }
    Ok(sum)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// x * x = y, with y public and three labels: as circom 2 lays it out.
    pub(crate) fn square() -> Vec<u8> {
        let mut order = erbium_claims::BLS12_381_ORDER;
        order.reverse();
        let element = |small: u8| [&[small][..], &[0; 31]].concat();
        let header = [
            &32u32.to_le_bytes()[..],
            &order,
            &[3u32, 1, 0, 1].map(u32::to_le_bytes).concat(),
            &3u64.to_le_bytes(),
            &1u32.to_le_bytes(),
        ]
        .concat();
        let term =
            |wire: u32, small| [&1u32.to_le_bytes()[..], &wire.to_le_bytes(), &element(small)].concat();
        let constraints = [term(2, 1), term(2, 1), term(1, 1)].concat();
        let section = |kind: u32, bytes: &[u8]| {
            [&kind.to_le_bytes()[..], &(bytes.len() as u64).to_le_bytes(), bytes].concat()
        };
        [
            b"r1cs",
            &1u32.to_le_bytes()[..],
            &3u32.to_le_bytes(),
            // circom writes the constraints first.
            &section(2, &constraints),
            &section(1, &header),
            &section(3, &[0; 24]),
        ]
        .concat()
    }

    #[test]
    fn a_file_of_circom_s_layout_is_read() {
        let system = R1cs::read_iden3(&square()).unwrap();
        assert_eq!((system.variables(), system.publics(), system.constraints()), (3, 1, 1));
        let values = |y: u64, x: u64| [1, y, x].map(Fr::from);
        assert!(system.is_satisfied(&values(49, 7)));
        assert!(!system.is_satisfied(&values(48, 7)) && !system.is_satisfied(&values(49, 7)[..2]));
        assert_eq!(R1cs::read(&system.write()).unwrap(), system);
    }

    #[test]
    fn what_is_no_such_file_is_told() {
        let file = square();
        let changed = |at: usize, byte: u8| {
            let mut file = file.clone();
            file[at] = byte;
            R1cs::read_iden3(&file).unwrap_err()
        };
        assert_eq!(changed(0, 0), R1csError::Magic { expected: "iden3's r1cs" });
        assert_eq!(changed(4, 2), R1csError::Version { version: 2 });
        assert_eq!(changed(8, 4), R1csError::End { what: "a section's head" });
        assert_eq!(changed(12, 1), R1csError::Section { what: "the header" });
        assert_eq!(changed(12, 3), R1csError::Section { what: "the constraints" });
        assert_eq!(changed(28, 3), R1csError::Variable { constraint: 0, variable: 3 });
        let prime = 24 + 120 + 12 + 4;
        assert_eq!(changed(prime, 2), R1csError::Field);
        let mut large = file.clone();
        large[32..64].fill(0xff);
        assert_eq!(R1cs::read_iden3(&large), Err(R1csError::Coefficient { constraint: 0 }));
        assert!(R1cs::read_iden3(&[]).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut file = square();
            let at = at.index(file.len());
            file[at] = byte;
            let _ = R1cs::read_iden3(&file);
            let _ = R1cs::read_iden3(&file[..cut.index(file.len())]);
        }
    }
}
