// An operation of the field on pairs of numbers, over and over. For tests, and to find out how fast products are.

struct Arguments { count: u32, operation: u32, rounds: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> operands: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> results: array<vec4<u32>>;

@compute @workgroup_size(64)
fn bls12_381_field_operations(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    let first = 6u * item;
    var x = fe_from_vectors(operands[first], operands[first + 1u], operands[first + 2u]);
    var y = fe_from_vectors(operands[first + 3u], operands[first + 4u], operands[first + 5u]);
    switch arguments.operation {
        case 0u: {
            for (var round = 0u; round < arguments.rounds; round++) {
                x = fe_multiply(x, y);
            }
        }
        case 1u: {
            for (var round = 0u; round < arguments.rounds; round++) {
                x = fe_square(x);
            }
        }
        case 2u: {
            for (var round = 0u; round < arguments.rounds; round++) {
                x = fe_add(x, y);
            }
        }
        case 3u: {
            for (var round = 0u; round < arguments.rounds; round++) {
                x = fe_subtract(x, y);
            }
        }
        case 4u: {
            for (var round = 0u; round < arguments.rounds; round++) {
                x = fe_negate(x);
            }
        }
        default: {
            // Each round lets numbers grow as far as they can, and every third multiplies them.
            for (var round = 0u; round < arguments.rounds; round++) {
                let z = fe_add(x, y);
                y = fe_subtract(y, x);
                x = fe_add(z, z);
                if round % 3u == 2u {
                    x = fe_multiply(fe_subtract(x, y), fe_select(y, fe_one(), (round & 1u) == 0u));
                }
            }
        }
    }
    let words = fe_vectors(x);
    results[3u * item] = words.low;
    results[3u * item + 1u] = words.middle;
    results[3u * item + 2u] = words.high;
}
