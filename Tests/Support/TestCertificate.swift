import Foundation

/// A certificate for `localhost` that nobody else has signed: `server.crt` and `server.key` in a folder.
public enum TestCertificate {
    public struct Unavailable: Error {}

    /// Makes the folder, too.
    public static func make(in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/server.key", "-out",
            "\(folder)/server.crt",
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw Unavailable() }
    }
}
