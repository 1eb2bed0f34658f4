import Foundation

/// A Spark Connect server that all runs share, so that none pays for its start.
final class WarmSpark {
    struct Silent: Error, CustomStringConvertible {
        var description = "Spark did not answer within two minutes; see spark.log"
    }

    let remote: String
    private let process = Process()

    init(_ tools: Tools) throws {
        let port = try Self.freePort()
        remote = "sc://127.0.0.1:\(port)"
        let log = tools.folder + "/spark.log"
        try Data().write(to: URL(fileURLWithPath: log))
        let settings = [
            "spark.connect.grpc.binding.address=127.0.0.1", "spark.connect.grpc.binding.port=\(port)",
            "spark.ui.enabled=false", "spark.sql.catalogImplementation=in-memory", "spark.sql.shuffle.partitions=8",
            "spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1",
        ]
        process.executableURL = URL(fileURLWithPath: tools.sparkHome + "/bin/spark-submit")
        process.arguments =
            [
                "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[*]",
                "--driver-memory", "2g",
            ] + settings.flatMap { ["--conf", $0] } + ["spark-internal"]
        process.environment = tools.environment
        process.standardOutput = FileHandle(forWritingAtPath: log)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        let end = Date().addingTimeInterval(120)
        while !Self.answers(port) {
            guard Date() < end, process.isRunning else {
                process.terminate()
                throw Silent()
            }
            usleep(200_000)
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    private static func socketAddress(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func opened() -> Int32 {
        #if canImport(Darwin)
            socket(AF_INET, SOCK_STREAM, 0)
        #else
            socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
    }

    private static func freePort() throws -> UInt16 {
        let file = opened()
        defer { close(file) }
        var address = socketAddress(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        guard isBound else { throw Tools.Missing(description: "no port is free") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func answers(_ port: UInt16) -> Bool {
        let file = opened()
        defer { close(file) }
        var address = socketAddress(port)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
