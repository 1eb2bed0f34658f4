import Foundation
import Synchronization

/// A server for HTTP/1.1 on a port of this machine that the system chooses; a thread for each connection.
public final class LocalHTTPServer: Sendable {
    public struct Request: Sendable {
        public var method: String
        public var path: String
        public var query: [String: String]
        /// Names in small letters.
        public var fields: [String: String]
        public var body: String
    }

    public enum Answer: Sendable {
        /// A code, and a text of JSON or none.
        case whole(Int, String = "")
        /// What is sent piece by piece from now on, until the other side has heard enough.
        case stream(@Sendable (Stream) -> Void)
    }

    /// An answer that has not ended.
    public final class Stream: Sendable {
        /// nil: nobody listens any more; the number may be another connection's.
        private let connection: Mutex<Int32?>

        fileprivate init(_ connection: Int32) { self.connection = Mutex(connection) }

        public func send(_ piece: String) {
            connection.withLock {
                guard let connection = $0 else { return }
                LocalHTTPServer.send("\(String(piece.utf8.count, radix: 16))\r\n\(piece)\r\n", on: connection)
            }
        }

        fileprivate func end() { connection.withLock { $0 = nil } }
    }

    private let handler: @Sendable (Request) -> Answer
    private let listener: Int32
    private let connections = Mutex<Set<Int32>>([])
    public let port: Int

    public init(_ handler: @escaping @Sendable (Request) -> Answer) throws {
        self.handler = handler
        let descriptor = socket(AF_INET, Self.streamType, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
                    ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard descriptor >= 0, code == 0 else { throw CocoaError(.fileReadUnknown) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        listener = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in serve() }
    }

    /// Ends what goes on, too. Repeatable.
    public func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        connections.withLock { for connection in $0 { shutdown(connection, Int32(SHUT_RDWR)) } }
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            connections.withLock { _ = $0.insert(connection) }
            Thread.detachNewThread { [self] in
                while answer(connection) {}
                connections.withLock { _ = $0.remove(connection) }
                Foundation.close(connection)
            }
        }
        Foundation.close(listener)
    }

    /// False when the connection has ended.
    private func answer(_ connection: Int32) -> Bool {
        guard let request = Self.request(on: connection) else { return false }
        switch handler(request) {
        case .whole(let code, let text):
            let type = text.isEmpty ? "" : "Content-Type: application/json\r\n"
            return Self.send(
                "HTTP/1.1 \(code) So\r\n\(type)Content-Length: \(text.utf8.count)\r\n\r\n\(text)", on: connection)
        case .stream(let begin):
            Self.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                on: connection)
            let stream = Stream(connection)
            begin(stream)
            var buffer = [UInt8](repeating: 0, count: 256)
            while read(connection, &buffer, buffer.count) > 0 {}
            stream.end()
            return false
        }
    }

    /// nil when the connection has ended.
    private static func request(on connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        func more() -> Bool {
            let count = read(connection, &buffer, buffer.count)
            if count > 0 { bytes += buffer[..<count] }
            return count > 0
        }
        var head = ""
        var bodyStart = 0
        while head.isEmpty {
            guard more() else { return nil }
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            bodyStart = end.upperBound
        }
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = fields["content-length"].flatMap { Int($0) } ?? 0
        if fields["expect"] != nil { send("HTTP/1.1 100 Continue\r\n\r\n", on: connection) }
        while bytes.count < bodyStart + length { guard more() else { return nil } }
        let target = URLComponents(string: words.count > 1 ? words[1] : "")
        return Request(
            method: words.first ?? "", path: target?.path ?? "",
            query: Dictionary(
                (target?.queryItems ?? []).map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { $1 }),
            fields: fields, body: String(decoding: bytes[bodyStart...].prefix(length), as: UTF8.self))
    }

    @discardableResult
    private static func send(_ text: String, on connection: Int32) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Self.write(connection, $0) }
            guard count > 0 else { return false }
            bytes = bytes.dropFirst(count)
        }
        return true
    }

    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)

        private static func write(_ connection: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
            // Who has gone away is not to end this process.
            Foundation.send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
    #else
        private static let streamType = SOCK_STREAM

        private static func write(_ connection: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
            Foundation.send(connection, bytes.baseAddress, bytes.count, 0)
        }
    #endif
}
