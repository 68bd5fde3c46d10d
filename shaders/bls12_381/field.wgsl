// What both forms of the field have in common: numbers in buffers of vectors.

// The words of a number, the lowest first.
struct Words {
    low: vec4<u32>,
    middle: vec4<u32>,
    high: vec4<u32>,
}

fn fe_from_vectors(low: vec4<u32>, middle: vec4<u32>, high: vec4<u32>) -> Fe {
    return fe_from_words(array<u32, 12>(
        low.x, low.y, low.z, low.w, middle.x, middle.y, middle.z, middle.w, high.x, high.y, high.z, high.w,
    ));
}

fn fe_vectors(x: Fe) -> Words {
    let words = fe_words(x);
    return Words(
        vec4<u32>(words[0], words[1], words[2], words[3]),
        vec4<u32>(words[4], words[5], words[6], words[7]),
        vec4<u32>(words[8], words[9], words[10], words[11]),
    );
}
