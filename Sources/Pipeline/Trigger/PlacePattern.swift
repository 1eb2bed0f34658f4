/// All places that something may write to or that a trigger waits for, in a form in which two can be compared: is there
/// a place that both mean? Used to find triggers that would start each other for ever.
struct PlacePattern: Sendable {
    fileprivate enum Element {
        case byte(UInt8)
        /// One or none, any number of times: characters of one part of a path.
        case part
        /// The same, slashes included.
        case anything
    }

    fileprivate var elements: [Element] = []

    init(_ template: URITemplate) {
        for token in template.tokens {
            switch token {
            case .literal(let bytes): elements += bytes.map(Element.byte)
            // That a capture is never empty does not matter: too many circles are better than one too few.
            case .capture, .star: elements.append(.part)
            case .folders, .rest: elements.append(.anything)
            }
        }
    }

    /// A path in which each occurrence of one of `samples` stands for any value of a variable.
    init(path: String, samples: Set<String>) {
        let wanted = samples.filter { !$0.isEmpty }.map { Array($0.utf8) }.sorted { $0.count > $1.count }
        var rest = Array(path.utf8)[...]
        while let byte = rest.first {
            if let sample = wanted.first(where: { rest.starts(with: $0) }) {
                elements.append(.part)
                rest = rest.dropFirst(sample.count)
            } else {
                elements.append(.byte(byte))
                rest = rest.dropFirst()
            }
        }
    }

    /// Any place that ends like this.
    init(endingIn text: String, samples: Set<String>) {
        self.init(path: text, samples: samples)
        elements.insert(.anything, at: 0)
    }

    /// This place, or anything within it.
    var withContents: [PlacePattern] {
        var within = self
        within.elements += [.byte(UInt8(ascii: "/")), .anything]
        return [self, within]
    }

    func meets(_ other: PlacePattern) -> Bool {
        let width = other.elements.count + 1
        var seen: Set<Int> = [0]
        var pending = [(0, 0)]
        func visit(_ left: Int, _ right: Int) {
            if seen.insert(left * width + right).inserted { pending.append((left, right)) }
        }
        while let (left, right) = pending.popLast() {
            if left == elements.count, right == other.elements.count { return true }
            let mine = left < elements.count ? elements[left] : nil
            let theirs = right < other.elements.count ? other.elements[right] : nil
            // A piece that may be empty may end here.
            if mine?.isOpen == true { visit(left + 1, right) }
            if theirs?.isOpen == true { visit(left, right + 1) }
            guard let mine, let theirs else { continue }
            switch (mine, theirs) {
            case (.byte(let a), .byte(let b)): if a == b { visit(left + 1, right + 1) }
            case (.byte(let a), _): if theirs.takes(a) { visit(left + 1, right) }
            case (_, .byte(let b)): if mine.takes(b) { visit(left, right + 1) }
            // Both open: whatever one takes, the other may end before or after it.
            default: break
            }
        }
        return false
    }
}

extension PlacePattern.Element {
    fileprivate var isOpen: Bool { if case .byte = self { false } else { true } }

    fileprivate func takes(_ byte: UInt8) -> Bool {
        switch self {
        case .byte(let own): own == byte
        case .part: byte != UInt8(ascii: "/")
        case .anything: true
        }
    }
}
