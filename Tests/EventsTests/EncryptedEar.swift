import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A server for POSTs over TLS that says yes to all of them.
final class EncryptedEar: Sendable {
    private final class Heard: Sendable {
        let bodies = Mutex<[String]>([])
    }

    private let heard = Heard()
    private let channel: any Channel
    let port: Int

    /// `certificates`: a folder with `server.crt` and `server.key`.
    init(certificates: String) async throws {
        let chain = try NIOSSLCertificate.fromPEMFile(certificates + "/server.crt").map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: certificates + "/server.key", format: .pem)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { [heard] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answer(heard))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var bodies: [String] { heard.bodies.withLock { $0 } }

    func close() async {
        // It is closed when this fails as well.
        try? await channel.close()
    }

    /// One for each connection, on its event loop.
    private final class Answer: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let heard: Heard
        private var body = ""

        init(_ heard: Heard) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head: body = ""
            case .body(let piece): body += String(buffer: piece)
            case .end:
                heard.bodies.withLock { $0.append(body) }
                let head = HTTPResponseHead(version: .http1_1, status: .created, headers: ["Content-Length": "0"])
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
