// An operation of the field on pairs of numbers, over and over. For tests, and to find out how fast products are.

struct Arguments { count: u32, operation: u32, rounds: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read> operands: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> results: array<vec4<u32>>;

@compute @workgroup_size(64)
fn ristretto_field_operations(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let item = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if item >= arguments.count {
        return;
    }
    var x = fe_from(operands[4u * item], operands[4u * item + 1u]);
    let y = fe_from(operands[4u * item + 2u], operands[4u * item + 3u]);
    var is_square = true;
    switch arguments.operation {
        case 0u: {
            x = fe_add(x, y);
        }
        case 1u: {
            x = fe_sub(x, y);
        }
        case 2u: {
            for (var round = 0u; round < arguments.rounds; round++) {
                x = fe_mul(x, y);
            }
        }
        case 3u: {
            for (var round = 0u; round < arguments.rounds; round++) {
                x = fe_square(x);
            }
        }
        case 4u: {
            x = fe_negate(x);
        }
        case 5u: {
            let root = fe_inverse_root(x);
            x = root.root;
            is_square = root.is_square;
        }
        default: {
            // As long as operands of products become.
            x = fe_mul(fe_sub(x, y), fe_sub(y, x));
        }
    }
    let words = fe_words(x);
    results[2u * item] = words.low;
    // Numbers have 255 bits.
    results[2u * item + 1u] = words.high | vec4<u32>(0u, 0u, 0u, select(0x80000000u, 0u, is_square));
}
