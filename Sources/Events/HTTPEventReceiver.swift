import AsyncHTTPClient
public import Fleet
public import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Sends each event as the body of a POST, as Marquez and other receivers of OpenLineage take them: over HTTP, or over TLS
/// with a certificate that is checked. Connections are kept open between events. To be closed with `close()`.
public struct HTTPEventReceiver: EventReceiver {
    private let place: HTTPPlace
    private let headers: HTTPHeaders
    private let limit: Duration
    private let client: HTTPClient
    /// Of an answer, which is not looked at beyond its status.
    private static let answerLimit = 64 << 10

    /// nil for anything but `http` and `https`. `token` is sent as a bearer token and never shown; `authorities`: the path
    /// of a PEM file with the certificates of those who may vouch for the receiver, instead of the machine's own;
    /// `limit`: for one exchange. Throws when that file can't be read.
    public init?(
        url: URL, token: String? = nil, authorities: String? = nil, limit: Duration = .seconds(10)
    ) throws(EventReceiverError) {
        guard let place = HTTPPlace(url) else { return nil }
        self.place = place
        self.limit = limit
        var headers = HTTPHeaders([
            ("User-Agent", "quicketl/\(ProgramVersion.text)"), ("Content-Type", "application/json"),
        ])
        if let token {
            // A line break in a token would begin another field.
            let printable = token.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
            headers.add(name: "Authorization", value: "Bearer \(String(String.UnicodeScalarView(printable)))")
        }
        self.headers = headers
        client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: try Self.configuration(authorities, limit, for: place))
    }

    private static func configuration(
        _ authorities: String?, _ limit: Duration, for place: HTTPPlace
    ) throws(EventReceiverError) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authorities {
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
            } catch {
                throw EventReceiverError(
                    place: place.description, isTransient: false,
                    reason: "the certificates of \(authorities) can't be read: \(error)")
            }
        }
        // Where another place is named, an operator shall say so: a token goes nowhere else.
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(limit), read: TimeAmount(limit)))
        configuration.httpVersion = .http1Only
        return configuration
    }

    public func deliver(_ event: OutgoingEvent) async throws {
        var request = HTTPClientRequest(url: place.address)
        request.method = .POST
        request.headers = headers
        request.body = .bytes(ByteBuffer(string: event.json))
        let status: Int
        do {
            let answer = try await client.execute(request, timeout: TimeAmount(limit))
            status = Int(answer.status.code)
            // The status has come, and is all that counts; read to its end, so that the connection can be used again.
            _ = try? await answer.body.collect(upTo: Self.answerLimit)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw EventReceiverError(place: place.description, isTransient: true, reason: Self.reason(error))
        }
        guard !(200..<300).contains(status) else { return }
        let isTransient = status >= 500 || [401, 403, 404, 408, 425, 429].contains(status) || status < 400
        throw EventReceiverError(place: place.description, isTransient: isTransient, reason: "status \(status)")
    }

    /// Ends its connections. Nothing is delivered any more.
    public func close() async {
        // It fails only where it has been closed before.
        try? await client.shutdown()
    }

    /// What went wrong, without the address, which may hold secrets.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case let error as NIOSSLExtraError: "its certificate is not for it (\(error))"
        case let error as NIOSSLError: "no TLS with it (\(error))"
        case let error as NIOConnectionError: error.connectionErrors.first.map { "\($0.error)" } ?? "no connection"
        default: "\(error)"
        }
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

/// Where events go; shown without user, password and query.
struct HTTPPlace: Sendable, CustomStringConvertible {
    /// What is asked for, without user and password.
    let address: String
    let description: String

    init?(_ url: URL) {
        guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = url.host(), !host.isEmpty
        else { return nil }
        let name = host.contains(":") ? "[\(host)]" : host
        let port = url.port ?? (scheme == "http" ? 80 : 443)
        let path = url.path().isEmpty ? "/" : url.path()
        description = "\(scheme)://\(name):\(port)\(path)"
        address = description + (url.query().map { "?\($0)" } ?? "")
    }
}
