import Foundation
import Synchronization

/// A server for one kind of message: an HTTP POST with a JSON body. Answers with the codes that it is told, then 201.
public final class EventEar: Sendable {
    public struct Message: Sendable {
        public var path: String
        public var authorization: String?
        public var body: String
    }

    private struct State {
        var accepted: [Message] = []
        var answers: [Int]
        var isClosed = false
    }

    private let state: Mutex<State>
    private let listener: Int32
    public let port: Int

    /// `answers`: the codes of the first requests.
    public init(answers: [Int] = []) throws {
        state = Mutex(State(answers: answers))
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
        listener = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in serve() }
    }

    /// What it has said yes to, in the order of its coming.
    public var accepted: [Message] { state.withLock { $0.accepted } }

    public func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            Thread.detachNewThread { [self] in
                while answer(connection) {}
                Foundation.close(connection)
            }
        }
        Foundation.close(listener)
    }

    /// False when the connection has ended.
    private func answer(_ connection: Int32) -> Bool {
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
            guard more() else { return false }
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            bodyStart = end.upperBound
        }
        let lines = head.components(separatedBy: "\r\n")
        func field(_ name: String) -> String? {
            lines.first { $0.lowercased().hasPrefix("\(name):") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
        let length = field("content-length").flatMap { Int($0) } ?? 0
        if field("expect") != nil { send("HTTP/1.1 100 Continue\r\n\r\n", on: connection) }
        while bytes.count < bodyStart + length { guard more() else { return false } }
        let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
        let message = Message(
            path: path, authorization: field("authorization"),
            body: String(decoding: bytes[bodyStart...].prefix(length), as: UTF8.self))
        let code = state.withLock { state in
            let code = state.answers.isEmpty ? 201 : state.answers.removeFirst()
            if (200..<300).contains(code) { state.accepted.append(message) }
            return code
        }
        return send("HTTP/1.1 \(code) So\r\nContent-Length: 0\r\n\r\n", on: connection)
    }

    @discardableResult
    private func send(_ text: String, on connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return write(connection, bytes, bytes.count) == bytes.count
    }

    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        private static let streamType = SOCK_STREAM
    #endif
}
