/// Random choices that a seed repeats, everywhere (SplitMix64).
public struct SeededDice: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// 0 to `sides` - 1.
    public mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &self) }

    public mutating func flip() -> Bool { roll(2) == 0 }

    /// One of them, of which there is at least one.
    public mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[roll(choices.count)] }
}
