/// A value of a trigger, made of captures and of what is known of the occasion: `{DATE}`, `{landing.uri}`.
public struct TriggerText: Sendable {
    enum Part: Sendable {
        case text(String)
        case capture(String)
        case fact(TriggerFact)
    }

    struct Mistake: Error { var message: String }

    let parts: [Part]

    var captures: [String] { parts.compactMap { if case .capture(let name) = $0 { name } else { nil } } }
    var facts: [TriggerFact] { parts.compactMap { if case .fact(let fact) = $0 { fact } else { nil } } }

    init(_ text: String) throws(Mistake) {
        var parts: [Part] = []
        var plain = ""
        func flush() {
            if !plain.isEmpty { parts.append(.text(plain)) }
            plain = ""
        }
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                plain.unicodeScalars.append(scalar)
            case "{":
                guard let end = rest.firstIndex(of: "}") else { throw Mistake(message: "\"{\" is not closed by \"}\"") }
                let name = String(String.UnicodeScalarView(rest[..<end]))
                flush()
                if let fact = TriggerFact(rawValue: name) {
                    parts.append(.fact(fact))
                } else if VariableTemplate.isName(name) {
                    parts.append(.capture(name))
                } else {
                    throw Mistake(
                        message: "\"{\(name.trimmed(60))}\" is neither a capture nor one of "
                            + TriggerFact.allCases.map(\.rawValue).joined(separator: ", ") + "; write {{ for a brace")
                }
                rest = rest[(end + 1)...]
            case "}": throw Mistake(message: "\"}\" without \"{\"; write }} for a brace")
            default: plain.unicodeScalars.append(scalar)
            }
        }
        flush()
        self.parts = parts
    }

    /// What is not known is the empty text.
    func text(of occasion: TriggerOccasion) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .capture(let name): occasion.captures[name] ?? ""
            case .fact(let fact): occasion.fact(fact)
            }
        }.joined()
    }
}

/// What a trigger can say of its occasion, beside captures.
enum TriggerFact: String, CaseIterable, Sendable {
    case uri = "landing.uri"
    case name = "landing.name"
    case folder = "landing.folder"
    case size = "landing.size"
    case revision = "landing.revision"
    case landedAt = "landing.time"
    /// The moment of a schedule in UTC, and the day by the clock of its time zone.
    case moment = "schedule.time"
    case day = "schedule.date"
}
