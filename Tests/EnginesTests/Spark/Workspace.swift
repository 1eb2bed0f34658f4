import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Synchronization

@testable import Engines

/// A workspace of Databricks, as far as a client sees it: it speaks over TLS alone, demands a token and a cluster's name,
/// and hands every call on to a Spark Connect server.
final class Workspace: Sendable {
    typealias Client = GRPCClient<HTTP2ClientTransport.Posix>

    let port: Int
    let passage: Passage

    private init(port: Int, passage: Passage) { (self.port, self.passage) = (port, passage) }

    /// `certificates`: a folder with `server.crt` and `server.key`. `demands`: what every call must say.
    static func run(
        before remote: SparkRemote, certificates: String, demands: [String: String],
        _ body: @escaping @Sendable (Workspace) async throws -> Void
    ) async throws {
        let client = Client(
            transport: try HTTP2ClientTransport.Posix(
                target: .ipv4(address: remote.host, port: remote.port), transportSecurity: .plaintext))
        let passage = Passage(to: client, token: remote.token, demands: demands)
        let transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: 0),
            transportSecurity: .tls(
                certificateChain: [.file(path: certificates + "/server.crt", format: .pem)],
                privateKey: .file(path: certificates + "/server.key", format: .pem)))
        let server = GRPCServer(transport: transport, services: [passage])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.runConnections() }
            group.addTask { try await server.serve() }
            let outcome: Result<Void, any Error>
            do {
                let port = try await transport.listeningAddress.ipv4?.port ?? 0
                outcome = .success(try await body(Workspace(port: port, passage: passage)))
            } catch {
                outcome = .failure(error)
            }
            // Not by a cancel: connections that are being made would not be closed.
            server.beginGracefulShutdown()
            client.beginGracefulShutdown()
            try await group.waitForAll()
            try outcome.get()
        }
    }
}

/// Hands calls on as they are.
final class Passage: RegistrableRPCService {
    private struct State {
        var passed = 0
        var refused = 0
        var requests: [[UInt8]] = []
    }

    private let client: Workspace.Client
    private let token: String?
    private let demands: [String: String]
    private let state = Mutex(State())

    init(to client: Workspace.Client, token: String?, demands: [String: String]) {
        (self.client, self.token, self.demands) = (client, token, demands)
    }

    var passed: Int { state.withLock { $0.passed } }
    var refused: Int { state.withLock { $0.refused } }
    /// Whether some request that was handed on holds this text.
    func sawInRequests(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return state.withLock { $0.requests.contains { $0.firstRange(of: bytes) != nil } }
    }

    private static let service = ServiceDescriptor(fullyQualifiedService: "spark.connect.SparkConnectService")
    private static let methods = [
        "ExecutePlan", "AnalyzePlan", "Config", "Interrupt", "ReattachExecute", "ReleaseExecute", "ReleaseSession",
        "FetchErrorDetails",
    ]

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for method in Self.methods {
            let descriptor = MethodDescriptor(service: Self.service, method: method, type: .bidirectionalStreaming)
            router.registerHandler(forMethod: descriptor, deserializer: Unread(), serializer: Unread()) { request, _ in
                try self.admit(request.metadata)
                return StreamingServerResponse { answers in
                    try await self.pass(request, to: descriptor, answers)
                }
            }
        }
    }

    private func admit(_ metadata: Metadata) throws(RPCError) {
        for (name, value) in demands where !metadata[stringValues: name].contains(where: { $0.elementsEqual(value) }) {
            state.withLock { $0.refused += 1 }
            throw RPCError(code: .permissionDenied, message: "Unexpected HTTP response: 403 Invalid access token")
        }
        state.withLock { $0.passed += 1 }
    }

    private func pass(
        _ request: StreamingServerRequest<[UInt8]>, to method: MethodDescriptor, _ answers: RPCWriter<[UInt8]>
    ) async throws -> Metadata {
        var metadata = Metadata()
        if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        let handedOn = StreamingClientRequest(of: [UInt8].self, metadata: metadata) { messages in
            for try await message in request.messages {
                self.state.withLock { $0.requests.append(message) }
                try await messages.write(message)
            }
        }
        var options = CallOptions.defaults
        options.maxResponseMessageBytes = 64 << 20
        return try await client.bidirectionalStreaming(
            request: handedOn, descriptor: method, serializer: Unread(), deserializer: Unread(), options: options
        ) { response in
            for try await message in response.messages { try await answers.write(message) }
            return [:]
        }
    }
}

/// A message as its bytes.
private struct Unread: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
