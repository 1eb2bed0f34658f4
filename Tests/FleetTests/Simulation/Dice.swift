import Foundation

/// Numbers that a seed decides (SplitMix64), the same on every machine.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
        // Neighbouring seeds begin far apart.
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// In 0..<1.
    mutating func fraction() -> Double { Double(next() >> 11) / Double(1 << 53) }

    mutating func chance(_ probability: Double) -> Bool { fraction() < probability }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0...elements.count - 1)] }

    /// Microseconds between two numbers of milliseconds.
    mutating func time(_ milliseconds: ClosedRange<Int>) -> Int64 {
        Int64(int(milliseconds.lowerBound * 1000...milliseconds.upperBound * 1000))
    }

    mutating func uuid() -> UUID {
        let (high, low) = (next(), next())
        var bytes = [UInt8]()
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: high >> shift))
        }
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: low >> shift))
        }
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
