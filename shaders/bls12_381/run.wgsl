// Runs a program: every lane does the same instructions on numbers of its own.
//
// Instructions are two words, the lowest bits first: operation, d, c and signs; a, b, a' and b', 8 bits each. There is one
// place where numbers are multiplied, however long the program is.

struct Arguments { count: u32, first: u32, end: u32, groups: u32, source_rows: u32, source_columns: u32, target_rows: u32, base: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> program: array<u32>;
@group(0) @binding(2) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;
@group(0) @binding(4) var<storage, read_write> registers: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> target_words: array<u32>;

fn number_of(word: u32) -> Words {
    return Words(vec4<u32>(word, 0u, 0u, 0u), vec4<u32>(), vec4<u32>());
}

// What was made last, which is often needed next, and its register.
var<private> last: Words;
var<private> last_number: u32 = 0xffffffffu;

// Neighbours read neighbouring words.
fn register_at(number: u32, lane: u32) -> Words {
    if number == last_number {
        return last;
    }
    let place = 3u * number * arguments.count + lane;
    return Words(registers[place], registers[place + arguments.count], registers[place + 2u * arguments.count]);
}

fn word_at(number: u32, lane: u32) -> u32 {
    return registers[3u * number * arguments.count + lane].x;
}

fn constant(place: u32) -> Words {
    let at = 12u * place;
    return Words(
        vec4<u32>(program[at], program[at + 1u], program[at + 2u], program[at + 3u]),
        vec4<u32>(program[at + 4u], program[at + 5u], program[at + 6u], program[at + 7u]),
        vec4<u32>(program[at + 8u], program[at + 9u], program[at + 10u], program[at + 11u]),
    );
}

// Behind the last column there is zero or the first constant, which is one.
fn source_at(row: u32, column: u32, otherwise: u32) -> Words {
    if column < arguments.source_columns {
        let at = 3u * (row * arguments.source_columns + column);
        return Words(source[at], source[at + 1u], source[at + 2u]);
    }
    if otherwise == 1u {
        return constant(0u);
    }
    return number_of(0u);
}

fn fe_of(x: Words) -> Fe {
    return fe_from_vectors(x.low, x.middle, x.high);
}

fn is_zero(x: Words) -> bool {
    let any = x.low | x.middle | x.high;
    return (any.x | any.y | any.z | any.w) == 0u;
}

// Whether four words are above (2), below (0) or the same as others (1), the highest word last.
fn compared(x: vec4<u32>, y: vec4<u32>) -> u32 {
    if x.w != y.w { return select(0u, 2u, x.w > y.w); }
    if x.z != y.z { return select(0u, 2u, x.z > y.z); }
    if x.y != y.y { return select(0u, 2u, x.y > y.y); }
    if x.x != y.x { return select(0u, 2u, x.x > y.x); }
    return 1u;
}

fn is_greater(x: Words, y: Words) -> bool {
    let high = compared(x.high, y.high);
    if high != 1u { return high == 2u; }
    let middle = compared(x.middle, y.middle);
    if middle != 1u { return middle == 2u; }
    return compared(x.low, y.low) == 2u;
}

fn store(to: u32, x: Words) {
    target_words[to] = x.low.x;
    target_words[to + 1u] = x.low.y;
    target_words[to + 2u] = x.low.z;
    target_words[to + 3u] = x.low.w;
    target_words[to + 4u] = x.middle.x;
    target_words[to + 5u] = x.middle.y;
    target_words[to + 6u] = x.middle.z;
    target_words[to + 7u] = x.middle.w;
    target_words[to + 8u] = x.high.x;
    target_words[to + 9u] = x.high.y;
    target_words[to + 10u] = x.high.z;
    target_words[to + 11u] = x.high.w;
}

fn flag(value: bool) -> Words {
    return number_of(select(0u, 1u, value));
}

// x with what two bits say is done with y: nothing, x + y, x - y or y - x.
fn signed(x: Fe, sign: u32, number: u32, lane: u32) -> Fe {
    if sign == 0u {
        return x;
    }
    let y = fe_of(register_at(number, lane));
    if sign == 1u {
        return fe_add(x, y);
    }
    if sign == 2u {
        return fe_subtract(x, y);
    }
    return fe_subtract(y, x);
}

@compute @workgroup_size(64)
fn bls12_381_run(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let lane = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if lane >= arguments.count {
        return;
    }
    let step = lane / arguments.groups;
    let group = lane % arguments.groups;
    for (var at = arguments.first; at < arguments.end; at++) {
        let first = program[2u * at];
        let second = program[2u * at + 1u];
        let operation = first & 0xffu;
        let d = (first >> 8u) & 0xffu;
        let c = (first >> 16u) & 0xffu;
        let a = second & 0xffu;
        let b = (second >> 8u) & 0xffu;
        var value: Words;
        switch operation {
            case 0u, 1u: {
                var x = signed(fe_of(register_at(a, lane)), (first >> 24u) & 3u, (second >> 16u) & 0xffu, lane);
                if operation == 0u {
                    let y = signed(fe_of(register_at(b, lane)), (first >> 26u) & 3u, second >> 24u, lane);
                    x = fe_multiply(x, y);
                }
                value = fe_vectors(signed(x, (first >> 28u) & 3u, c, lane));
            }
            case 2u: {
                value = register_at(select(b, a, word_at(c, lane) != 0u), lane);
            }
            case 3u: {
                value = flag(is_zero(register_at(a, lane)));
            }
            case 4u: {
                value = flag(is_greater(register_at(a, lane), register_at(b, lane)));
            }
            case 5u: {
                value = number_of(word_at(a, lane) & word_at(b, lane));
            }
            case 6u: {
                value = number_of(word_at(a, lane) | word_at(b, lane));
            }
            case 7u: {
                value = number_of(word_at(a, lane) ^ word_at(b, lane));
            }
            case 8u: {
                value = number_of((word_at(a, lane) >> b) & 1u);
            }
            case 9u: {
                value = constant(a);
            }
            case 10u: {
                value = source_at(step * arguments.source_rows + a, b * arguments.groups + group, c);
            }
            case 11u: {
                value = source_at(a, word_at(b, lane), c);
            }
            case 12u: {
                store(arguments.base + 12u * ((step * arguments.target_rows + a) * arguments.groups + group), register_at(b, lane));
                continue;
            }
            case 13u: {
                value = number_of(words[(a + step * b) * arguments.groups + group]);
            }
            case 14u: {
                words[(a + step * c) * arguments.groups + group] = word_at(b, lane);
                continue;
            }
            default: {
                target_words[lane] = word_at(a, lane);
                continue;
            }
        }
        let place = 3u * d * arguments.count + lane;
        registers[place] = value.low;
        registers[place + arguments.count] = value.middle;
        registers[place + 2u * arguments.count] = value.high;
        last = value;
        last_number = d;
    }
}
