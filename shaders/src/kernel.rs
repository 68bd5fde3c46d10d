//! Kernels and programs as data.

use crate::dilithium::Set;
use std::fmt::{self, Write as _};

/// Words that a kernel is told beside its buffers: binding 0, a uniform buffer. What they mean is the kernel's; the first
/// is usually how many items there are.
pub type Arguments = [u32; 8];

/// How 64-bit numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// As `u64`; needs an adapter with 64-bit integers in shaders.
    U64,
    /// As pairs of `u32`; runs everywhere.
    U32,
}

impl Form {
    /// Both, the portable one last.
    pub const ALL: [Self; 2] = [Self::U64, Self::U32];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::U64 => "u64",
            Self::U32 => "u32",
        })
    }
}

/// What kernels need 64-bit numbers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wide {
    /// Lanes of Keccak.
    Lanes,
    /// Products of words.
    Products,
    /// Products of numbers of many words: ristretto255's field and scalars.
    Field,
    /// Products modulo the prime of BLS12-381's base field.
    BaseField,
}

/// How kernels write 64-bit numbers, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Forms {
    /// Lanes of Keccak.
    pub lanes: Form,
    /// Products of words.
    pub products: Form,
    /// Products in ristretto255's field, and of its scalars.
    pub field: Form,
    /// Products in BLS12-381's base field.
    pub base_field: Form,
}

impl Forms {
    /// The form of these.
    pub fn of(self, wide: Wide) -> Form {
        match wide {
            Wide::Lanes => self.lanes,
            Wide::Products => self.products,
            Wide::Field => self.field,
            Wide::BaseField => self.base_field,
        }
    }
}

impl From<Form> for Forms {
    fn from(form: Form) -> Self {
        Self { lanes: form, products: form, field: form, base_field: form }
    }
}

impl fmt::Display for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lanes, products, field, base_field } = self;
        write!(f, "lanes {lanes}, products {products}, fields {field}, base field {base_field}")
    }
}

/// A piece of WGSL.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// The same in every form.
    Same(&'static str),
    /// Functions of the same names in each form.
    ByForm {
        /// What it is about.
        of: Wide,
        /// For [`Form::U64`].
        u64: &'static str,
        /// For [`Form::U32`].
        u32: &'static str,
    },
}

impl Part {
    /// Its text.
    pub fn text(&self, forms: Forms) -> &'static str {
        match self {
            Self::Same(text) => text,
            Self::ByForm { of, u64, u32 } => match forms.of(*of) {
                Form::U64 => u64,
                Form::U32 => u32,
            },
        }
    }
}

/// What a kernel does to a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reads it.
    Read,
    /// Writes to it, and may read it.
    ReadWrite,
}

/// A storage buffer of words that a kernel uses. Its number is its place in the kernel's list plus 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// Its name in the kernel's WGSL.
    pub name: &'static str,
    /// What the kernel does to it.
    pub access: Access,
}

impl Binding {
    /// A buffer that is read.
    pub const fn read(name: &'static str) -> Self {
        Self { name, access: Access::Read }
    }

    /// A buffer that is written.
    pub const fn write(name: &'static str) -> Self {
        Self { name, access: Access::ReadWrite }
    }
}

/// The items of a kernel whose first argument is how many there are.
pub(crate) fn items(arguments: &Arguments) -> std::ops::Range<usize> {
    0..arguments[0] as usize
}

/// Writes an item of so many words.
pub(crate) fn store(buffer: &mut [u32], words: usize, item: usize, values: impl IntoIterator<Item = u32>) {
    for (to, value) in buffer[words * item..][..words].iter_mut().zip(values) {
        *to = value;
    }
}

/// A kernel's work in Rust: arguments, number of workgroups, and its buffers in the order of its bindings.
///
/// Twins index their buffers as kernels do, and panic where a kernel would read past an end.
#[derive(Clone, Copy, Debug)]
pub enum Twin {
    /// For a kernel without constants.
    Plain(fn(&Arguments, u32, &mut [Vec<u32>])),
    /// For a kernel of a Dilithium parameter set.
    Dilithium(fn(&Set, &Arguments, u32, &mut [Vec<u32>])),
}

/// A WGSL entry point.
#[derive(Debug)]
pub struct Kernel {
    /// Name of the entry point; without the family in front, that of the WGSL file and of the twin.
    pub name: &'static str,
    /// Its text, in order.
    pub parts: &'static [Part],
    /// Its buffers.
    pub bindings: &'static [Binding],
    /// Invocations in a workgroup.
    pub workgroup: u32,
    /// Its work in Rust.
    pub twin: Twin,
}

/// Numbers that stand before a kernel's text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Constants {
    /// None.
    None,
    /// Those of a Dilithium parameter set.
    Dilithium(Set),
    /// None, and fields in this form whatever the device's is: to find out which is faster.
    Field(Form),
}

/// A kernel with its constants: what is compiled.
#[derive(Clone, Debug)]
pub struct Program {
    /// The kernel.
    pub kernel: &'static Kernel,
    /// Its constants.
    pub constants: Constants,
}

impl Program {
    /// A kernel without constants.
    pub const fn plain(kernel: &'static Kernel) -> Self {
        Self { kernel, constants: Constants::None }
    }

    /// A kernel for a Dilithium parameter set.
    pub const fn dilithium(kernel: &'static Kernel, set: Set) -> Self {
        Self { kernel, constants: Constants::Dilithium(set) }
    }

    /// A kernel without constants whose fields are in this form.
    pub const fn in_form(kernel: &'static Kernel, field: Form) -> Self {
        Self { kernel, constants: Constants::Field(field) }
    }

    /// The joined text.
    pub fn source(&self, forms: impl Into<Forms>) -> String {
        let mut forms = forms.into();
        if let Constants::Field(field) = self.constants {
            (forms.field, forms.base_field) = (field, field);
        }
        let mut source = String::new();
        if let Constants::Dilithium(set) = &self.constants {
            for (name, value) in set.constants() {
                // Writing to a string does not fail.
                let _ = writeln!(source, "const {name}: u32 = {value}u;");
            }
        }
        for part in self.kernel.parts {
            source.push_str(part.text(forms));
            source.push('\n');
        }
        source
    }

    /// Does the work of `groups` workgroups on the processor.
    ///
    /// # Panics
    /// Where arguments and buffers do not fit each other.
    pub fn run(&self, arguments: &Arguments, groups: u32, buffers: &mut [Vec<u32>]) {
        match (&self.kernel.twin, &self.constants) {
            (Twin::Plain(twin), _) => twin(arguments, groups, buffers),
            (Twin::Dilithium(twin), Constants::Dilithium(set)) => twin(set, arguments, groups, buffers),
            // Such a program has no text that compiles either.
            (Twin::Dilithium(_), Constants::None | Constants::Field(_)) => {}
        }
    }
}

/// By kernel and constants.
impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        self.kernel.name == other.kernel.name && self.constants == other.constants
    }
}

impl Eq for Program {}

impl std::hash::Hash for Program {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kernel.name.hash(state);
        self.constants.hash(state);
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kernel.name)
    }
}
