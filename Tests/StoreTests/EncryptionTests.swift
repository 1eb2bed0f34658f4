import Foundation
import Support
import Testing

@testable import Store

/// A store that is reached over TLS, with a certificate that the test has made.
@Suite(.timeLimit(.minutes(5))) struct EncryptionTests {
    private func address(_ host: String, _ port: Int, _ options: String) -> String {
        let unreserved = CharacterSet.alphanumerics
        let password = Support.TestServer.password.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
        return "postgresql://\(Support.TestServer.user):\(password)@\(host):\(port)/quicketl"
            + "?hostaddr=127.0.0.1&\(options)"
    }

    private func problem(_ address: String) async -> StoreError? {
        do {
            let connection = try await Connection.open(StoreSettings(address))
            await connection.close()
            return nil
        } catch { return error }
    }

    @Test func aStoreIsReachedOverTLSAndOnlyWithACertificateThatFits() async throws {
        try await withTemporaryFolder { folder in
            try TestCertificate.make(in: "\(folder)/own")
            try TestCertificate.make(in: "\(folder)/other")
            let port = try await Support.TestServer.encryptedPostgresql(certificates: "\(folder)/own").port()
            let (own, other) = ("sslrootcert=\(folder)/own/server.crt", "sslrootcert=\(folder)/other/server.crt")

            let store = PostgresStore(
                StoreSettings(address("localhost", port, "sslmode=verify-full&\(own)")), logger: quiet)
            do {
                try await store.migrate()
                let ssl = try await store.text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                #expect(ssl == "t")
            } catch {
                await store.close()
                throw error
            }
            await store.close()

            // Signed by somebody else, made for another host, and no encryption at all.
            for (wrong, says) in [
                (address("localhost", port, "sslmode=verify-full&\(other)"), "certificate"),
                (address("elsewhere", port, "sslmode=verify-full&\(own)"), "elsewhere"),
                (address("localhost", port, "sslmode=disable"), "encryption"),
            ] {
                let problem = try #require(await problem(wrong))
                #expect("\(problem)".contains(says), "\(problem)")
                #expect(!"\(problem)".contains("p@ss"))
            }
        }
    }
}
