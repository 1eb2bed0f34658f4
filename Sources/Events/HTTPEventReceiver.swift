public import Fleet
public import Foundation

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// Sends each event as the body of a POST, as Marquez and other receivers of OpenLineage take them.
public struct HTTPEventReceiver: EventReceiver {
    private let url: URL
    /// Sent as a bearer token; never shown.
    private let token: String?
    private let session: URLSession

    /// `limit`: for one event, from the connection to the last byte of the answer.
    public init(url: URL, token: String? = nil, limit: Duration = .seconds(10)) {
        self.url = url
        self.token = token
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = limit / .seconds(1)
        configuration.timeoutIntervalForResource = limit / .seconds(1)
        configuration.httpShouldSetCookies = false
        configuration.urlCache = nil
        session = URLSession(configuration: configuration)
    }

    public func deliver(_ event: OutgoingEvent) async throws {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        request.httpBody = Data(event.json.utf8)
        let answer: URLResponse
        do {
            // The body of the answer is not for us, and may quote the event.
            (_, answer) = try await session.data(for: request)
        } catch let error as URLError {
            if error.code == .cancelled { throw CancellationError() }
            throw EventReceiverError(place: place, isTransient: true, reason: "no answer (code \(error.code.rawValue))")
        }
        guard let status = (answer as? HTTPURLResponse)?.statusCode else {
            throw EventReceiverError(place: place, isTransient: true, reason: "an answer that is not HTTP")
        }
        guard !(200..<300).contains(status) else { return }
        let isTransient = status >= 500 || [401, 403, 404, 408, 425, 429].contains(status) || status < 400
        throw EventReceiverError(place: place, isTransient: isTransient, reason: "status \(status)")
    }

    /// Without user, password and query.
    private var place: String {
        "\(url.scheme ?? "http")://\(url.host() ?? "")\(url.port.map { ":\($0)" } ?? "")\(url.path())"
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
