// 256 bits, the low half first.

struct Words {
    low: vec4<u32>,
    high: vec4<u32>,
}
