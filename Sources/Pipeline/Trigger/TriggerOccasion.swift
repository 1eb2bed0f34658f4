public import Foundation

/// Why a trigger starts a run: one landing, a group of landings, or a moment.
///
/// Its identity is the same whoever looks, however often: the run's id is derived from it.
public struct TriggerOccasion: Sendable {
    public enum Cause: Sendable {
        case landing(Landing)
        /// The group's number was drawn when its first landing came.
        case group(UUID)
        case moment(Date, localDate: String)
    }

    public var cause: Cause
    public var captures: [String: String]

    public init(_ cause: Cause, captures: [String: String] = [:]) {
        self.cause = cause
        self.captures = captures
    }

    public var identity: String {
        switch cause {
        case .landing(let landing): landing.identity
        case .group(let id): "group \(id.uuidString.lowercased())"
        case .moment(let moment, _): "schedule \(RFC3339.text(of: moment) ?? "")"
        }
    }

    func fact(_ fact: TriggerFact) -> String {
        switch (fact, cause) {
        case (.uri, .landing(let landing)): landing.uri
        case (.name, .landing(let landing)): landing.name
        case (.folder, .landing(let landing)): landing.folder
        case (.size, .landing(let landing)): landing.size.map { String($0) } ?? ""
        case (.revision, .landing(let landing)): landing.revision
        case (.landedAt, .landing(let landing)): landing.landedAt.flatMap(RFC3339.text(of:)) ?? ""
        case (.moment, .moment(let moment, _)): RFC3339.text(of: moment) ?? ""
        case (.day, .moment(_, let localDate)): localDate
        default: ""
        }
    }
}
