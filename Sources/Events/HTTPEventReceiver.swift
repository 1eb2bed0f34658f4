import Dispatch
public import Fleet
public import Foundation

/// Sends each event as the body of a POST, as Marquez and other receivers of OpenLineage take them.
public struct HTTPEventReceiver: EventReceiver {
    private let place: HTTPPlace
    private let head: String
    private let limit: Duration
    /// Where calls block, away from Swift's own threads.
    private static let lane = DispatchQueue(label: "quicketl.events.http", attributes: .concurrent)

    /// nil for anything but `http`: this version speaks no TLS. `token` is sent as a bearer token and never shown;
    /// `limit`: for each step of one exchange.
    public init?(url: URL, token: String? = nil, limit: Duration = .seconds(10)) {
        guard let place = HTTPPlace(url) else { return nil }
        self.place = place
        self.limit = limit
        // A line break in a token would begin another field.
        let printable = token?.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        let authorization = printable.map { "Authorization: Bearer \(String(String.UnicodeScalarView($0)))\r\n" } ?? ""
        head = """
            POST \(place.target) HTTP/1.1\r
            Host: \(place.authority)\r
            User-Agent: quicketl/\(ProgramVersion.text)\r
            Content-Type: application/json\r
            Connection: close\r
            \(authorization)
            """
    }

    public func deliver(_ event: OutgoingEvent) async throws {
        let body = Array(event.json.utf8)
        let message = Array("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
        let (place, limit) = (place, limit)
        let status = try await withCheckedThrowingContinuation { continuation in
            Self.lane.async {
                continuation.resume(with: Result { try HTTPExchange(place, limit: limit).status(of: message) })
            }
        }
        guard !(200..<300).contains(status) else { return }
        let isTransient = status >= 500 || [401, 403, 404, 408, 425, 429].contains(status) || status < 400
        throw EventReceiverError(place: place.description, isTransient: isTransient, reason: "status \(status)")
    }
}

/// An event did not reach its receiver. What a receiver refuses because of where it stands or who asks (a path, a
/// token) is for an operator to mend, and the event waits; what it refuses as such will never be taken.
public struct EventReceiverError: TransientError, CustomStringConvertible, Sendable {
    public var place: String
    public var isTransient: Bool
    public var reason: String

    public var description: String { "sending a lineage event to \(place) failed: \(reason)" }
}

/// What of an address an exchange needs; shown without user, password and query.
struct HTTPPlace: Sendable, CustomStringConvertible {
    let host: String
    let port: Int
    let target: String
    private let path: String

    init?(_ url: URL) {
        guard url.scheme?.lowercased() == "http", let host = url.host(), !host.isEmpty else { return nil }
        self.host = host
        port = url.port ?? 80
        path = url.path().isEmpty ? "/" : url.path()
        target = path + (url.query().map { "?\($0)" } ?? "")
    }

    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    var description: String { "http://\(authority)\(path)" }
}
