//! Every kernel, in both forms and for all nine sets: it validates, its declarations in WGSL and in Rust agree, and it
//! translates to SPIR-V, MSL and HLSL. No adapter is needed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use erbium_shaders::dilithium::Set;
use erbium_shaders::{
    Access, Arguments, Binding, Form, Kernel, Part, Program, Twin, common, dilithium, kernels,
};
use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ScalarKind, StorageAccess, TypeInner};

/// Workgroup memory that WebGPU promises, in bytes.
const MAX_WORKGROUP_MEMORY: u32 = 16 << 10;

/// Every program there is.
fn programs() -> Vec<Program> {
    let programs = kernels().map(|kernel| match kernel.twin {
        Twin::Plain(_) => vec![Program::plain(kernel)],
        Twin::Dilithium(_) => {
            support::sets().map(|(_, set)| Program::dilithium(kernel, set)).into_iter().collect()
        }
    });
    programs.collect::<Vec<_>>().concat()
}

/// Everything that is asked of a program in one form.
fn check(program: &Program, form: Form) -> Result<(), String> {
    let (module, info) = validated(&program.source(form), form)?;
    declared(program.kernel, &module)?;
    translated(&module, &info, form)
}

fn validated(source: &str, form: Form) -> Result<(Module, ModuleInfo), String> {
    let module = naga::front::wgsl::parse_str(source).map_err(|error| error.emit_to_string(source))?;
    let capabilities = match form {
        Form::U64 => Capabilities::SHADER_INT64,
        Form::U32 => Capabilities::empty(),
    };
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .map_err(|error| error.emit_to_string(source))?;
    Ok((module, info))
}

/// Whether WGSL declares what Rust does, within the limits that every adapter keeps.
fn declared(kernel: &Kernel, module: &Module) -> Result<(), String> {
    let [entry] = &module.entry_points[..] else { return Err("not one entry point".into()) };
    if entry.name != kernel.name || entry.workgroup_size != [kernel.workgroup, 1, 1] {
        return Err(format!("entry point {} of {:?}", entry.name, entry.workgroup_size));
    }
    if kernel.workgroup > 256 || kernel.bindings.len() > 8 {
        return Err("beyond what every adapter can".into());
    }
    let (mut found, mut workgroup_memory) = (Vec::new(), 0);
    for (_, variable) in module.global_variables.iter() {
        let size = module.types[variable.ty].inner.size(module.to_ctx());
        if variable.space == AddressSpace::WorkGroup {
            workgroup_memory += size;
        }
        let Some(place) = &variable.binding else { continue };
        let name = variable.name.clone().unwrap_or_default();
        match variable.space {
            AddressSpace::Uniform => {
                let arguments = size_of::<Arguments>() as u32;
                if (place.group, place.binding, size) != (0, 0, arguments) {
                    return Err(format!("arguments of {size} bytes at {}", place.binding));
                }
            }
            AddressSpace::Storage { access } => {
                words(module, variable.ty)?;
                let access =
                    if access.contains(StorageAccess::STORE) { Access::ReadWrite } else { Access::Read };
                found.push((place.group, place.binding, name, access));
            }
            space => return Err(format!("{name} in {space:?}")),
        }
    }
    found.sort_by_key(|(_, binding, ..)| *binding);
    let declared: Vec<_> = (1..)
        .zip(kernel.bindings)
        .map(|(place, binding)| (0, place, binding.name.to_owned(), binding.access))
        .collect();
    if found != declared {
        return Err(format!("bindings {found:?}, not {declared:?}"));
    }
    if workgroup_memory > MAX_WORKGROUP_MEMORY {
        return Err(format!("{workgroup_memory} bytes of workgroup memory"));
    }
    Ok(())
}

/// Whether a buffer is an array of words, or of vectors of words without gaps.
fn words(module: &Module, ty: naga::Handle<naga::Type>) -> Result<(), String> {
    let TypeInner::Array { base, stride, .. } = module.types[ty].inner else {
        return Err("not an array".into());
    };
    let (scalar, size) = match module.types[base].inner {
        TypeInner::Scalar(scalar) => (scalar, 1),
        TypeInner::Vector { size, scalar } => (scalar, size as u32),
        _ => return Err("an array of something else".into()),
    };
    if (scalar.kind, scalar.width, stride) == (ScalarKind::Uint, 4, 4 * size) {
        Ok(())
    } else {
        Err(format!("an array of {scalar:?}, {stride} bytes apart"))
    }
}

fn translated(module: &Module, info: &ModuleInfo, form: Form) -> Result<(), String> {
    let words = spv::write_vec(module, info, &spv::Options::default(), None).map_err(|e| e.to_string())?;
    let options = msl::Options { lang_version: (2, 3), ..msl::Options::default() };
    let (metal, _) = msl::write_string(module, info, &options, &msl::PipelineOptions::default())
        .map_err(|e| e.to_string())?;
    let shader_model = match form {
        Form::U64 => hlsl::ShaderModel::V6_0,
        Form::U32 => hlsl::ShaderModel::V5_1,
    };
    let options = hlsl::Options { shader_model, ..hlsl::Options::default() };
    let mut direct = String::new();
    hlsl::Writer::new(&mut direct, &options, &hlsl::PipelineOptions::default())
        .write(module, info, None)
        .map_err(|e| e.to_string())?;
    if words.is_empty() || metal.is_empty() || direct.is_empty() {
        return Err("nothing was written".into());
    }
    Ok(())
}

#[test]
fn every_program_validates_agrees_with_rust_and_translates() {
    let programs = programs();
    let of_dilithium = dilithium::KERNELS.len() * 9;
    assert!(of_dilithium == 63 && programs.len() == of_dilithium + kernels().count() - 7);
    for program in programs {
        for form in Form::ALL {
            if let Err(error) = check(&program, form) {
                panic!("{program} {form} {:?}: {error}", program.constants);
            }
        }
    }
}

#[test]
fn the_portable_form_has_no_64_bit_integers() {
    for program in programs() {
        assert!(!program.source(Form::U32).contains("u64"), "{program}");
    }
    let keccak = programs().into_iter().find(|program| program.kernel.name == "bench_keccak").unwrap();
    assert!(validated(&keccak.source(Form::U64), Form::U32).is_err());
}

fn plain(_: &Arguments, _: u32, _: &mut [Vec<u32>]) {}

/// A kernel like [`common::FILL`] but for what is planted.
fn planted(edit: impl FnOnce(&mut Kernel)) -> Result<(), String> {
    let fill = &common::FILL;
    let mut kernel = Kernel { twin: Twin::Plain(plain), ..*fill };
    edit(&mut kernel);
    check(&Program::plain(Box::leak(Box::new(kernel))), Form::U32)
}

#[test]
fn kernels_that_are_broken_or_drift_apart_are_noticed() {
    assert_eq!(planted(|_| {}), Ok(()));
    assert!(planted(|kernel| kernel.name = "flip_word").is_err());
    assert!(planted(|kernel| kernel.workgroup = 32).is_err());
    const READ: &[Binding] = &[Binding::read("target_words")];
    const RENAMED: &[Binding] = &[Binding::write("words")];
    for bindings in [READ, RENAMED, &[]] {
        assert!(planted(|kernel| kernel.bindings = bindings).is_err());
    }
    let changed = |from, to| {
        let Part::Same(text) = common::FILL.parts[0] else { panic!("fill has forms") };
        assert!(text.contains(from));
        let part: &'static str = text.replace(from, to).leak();
        planted(move |kernel| kernel.parts = Box::leak(Box::new([Part::Same(part)])))
    };
    assert_eq!(changed("count", "counter"), Ok(()));
    for (from, to) in [
        ("@binding(1)", "@binding(2)"),
        ("@binding(0)", "@binding(3)"),
        (", unused_7: u32", ""),
        ("array<u32>", "array<f32>"),
        ("let place =", "let pla ="),
        ("0x7feb352du", "0x7feb352d1u"),
        ("@compute", "var<workgroup> big: array<u32, 4097>;\n@compute"),
    ] {
        assert!(changed(from, to).is_err(), "{from}: {to}");
    }
}

#[test]
fn a_set_with_more_rows_than_room_does_not_compile() {
    let (_, set) = support::sets()[0];
    let tall = Set { k: set.l + 2, ..set };
    let program = Program::dilithium(&dilithium::COMPUTE_W1, tall);
    assert!(check(&program, Form::U32).is_err());
    assert_eq!(check(&Program::dilithium(&dilithium::COMPUTE_W1, set), Form::U32), Ok(()));
}
