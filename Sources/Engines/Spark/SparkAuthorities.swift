import Fleet
import Foundation
import GRPCNIOTransportHTTP2Posix

/// The certificates that may vouch for an encrypted server, as a PEM file holds them.
struct SparkAuthorities: Sendable {
    let path: String
    private let certificates: [UInt8]

    /// All that a machine trusts is a quarter of it.
    static let sizeLimit = 1 << 20

    static func read(_ path: String) async throws -> SparkAuthorities {
        let content: Data? = try await BlockingLane.run {
            // Why it cannot be read does not matter: it is said that it cannot.
            guard let file = try? FileHandle(forReadingFrom: URL(fileURLWithPath: path)) else { return nil }
            defer { file.closeFile() }
            return try? file.read(upToCount: sizeLimit + 1)
        }
        guard let content, content.count <= sizeLimit, content.firstRange(of: Data("-----BEGIN".utf8)) != nil else {
            throw Failure(
                .unreachable,
                "connecting to Spark failed: spark_authorities names \(path), which is no readable PEM file with "
                    + "certificates (of at most \(sizeLimit >> 20) MiB)")
        }
        return SparkAuthorities(path: path, certificates: [UInt8](content))
    }

    var trustRoots: TLSConfig.TrustRootsSource { .certificates([.bytes(certificates, format: .pem)]) }
}
