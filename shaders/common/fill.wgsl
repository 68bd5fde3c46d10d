// Overwrites a buffer with a pattern that the host can tell from any result.

struct Arguments { count: u32, seed: u32, unused_2: u32, unused_3: u32, unused_4: u32, unused_5: u32, unused_6: u32, unused_7: u32 }

@group(0) @binding(0) var<uniform> arguments: Arguments;
@group(0) @binding(1) var<storage, read_write> target_words: array<u32>;

@compute @workgroup_size(64)
fn fill(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let place = (workgroup.y * workgroups.x + workgroup.x) * 64u + local;
    if place >= arguments.count {
        return;
    }
    var word = arguments.seed + place;
    word = (word ^ (word >> 16u)) * 0x7feb352du;
    word = (word ^ (word >> 15u)) * 0x846ca68bu;
    target_words[place] = word ^ (word >> 16u);
}
