//! The kernels' twins, driven as a device would be, answer as the processor does; what is planted is found.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod dilithium;

use dilithium::random::compare;
use dilithium::{ask, ask_mu};
use erbium_claims::DilithiumScheme;
use erbium_gpu::CpuVerifier;
use erbium_gpu::plan::TwinExecutor;
use erbium_gpu::signatures::{DilithiumKernels, Hashing, Options, Recheck};
use std::sync::Arc;

const SCHEMES: [u64; 9] = [2, 3, 5, 18, 19, 21, 44, 65, 87];

fn twin(options: Options) -> DilithiumKernels {
    DilithiumKernels::new(Arc::new(TwinExecutor::new()), options, [3; 32], CpuVerifier::new())
}

fn small() -> Options {
    Options { table_bytes: 1 << 20, recheck: Recheck::Always, ..Options::default() }
}

#[test]
fn twins_pass_the_self_test() {
    for number in SCHEMES {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        assert_eq!(twin(small()).self_test(scheme), Ok(()));
        assert_eq!(twin(Options { hashing: Hashing::Processor, ..small() }).self_test(scheme), Ok(()));
    }
}

#[test]
fn twins_answer_as_the_processor_does() {
    for number in SCHEMES {
        let scheme = DilithiumScheme::from_number(number).unwrap();
        let (kernels, cpu) = (twin(small()), CpuVerifier::new());
        let valid =
            compare(scheme, 24, |input| ask(&kernels, scheme, input), |input| ask(&cpu, scheme, input));
        assert!(valid.unwrap() > 2);
        compare(scheme, 8, |input| ask_mu(&kernels, scheme, input), |input| ask_mu(&cpu, scheme, input))
            .unwrap();
    }
}
