import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Sockets on 127.0.0.1 with ports chosen by the system.
enum Loopback {
    struct SocketError: Error { var code = errno }

    static func bind() throws -> (socket: Int32, address: String) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError() }
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                Glibc.bind(descriptor, raw, length) == 0 && getsockname(descriptor, raw, &length) == 0
            }
        }
        guard bound else {
            let error = SocketError()
            close(descriptor)
            throw error
        }
        return (descriptor, "127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
    }

    static func connect(_ address: String) throws -> Int32 {
        guard let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw SocketError(code: EINVAL)
        }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketError() }
        var address = Self.address(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            let error = SocketError()
            close(descriptor)
            throw error
        }
        return descriptor
    }

    static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// An address that stays the same while the broker behind it is replaced.
final class Forwarder: Sendable {
    let address: String
    private let listener: Int32
    private struct State {
        var target: String?
        var isClosed = false
    }
    private let state = Mutex(State())

    init(to target: String) throws {
        (listener, address) = try Loopback.bind()
        guard listen(listener, 16) == 0 else {
            let error = Loopback.SocketError()
            Loopback.close(listener)
            throw error
        }
        state.withLock { $0.target = target }
        Thread { self.acceptAll() }.start()
    }

    func redirect(to target: String?) { state.withLock { $0.target = target } }

    func close() {
        state.withLock { $0.isClosed = true }
        // Wakes the accept, whose thread closes the socket.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            let (target, isClosed) = state.withLock { ($0.target, $0.isClosed) }
            guard client >= 0, !isClosed else {
                if client >= 0 { Loopback.close(client) }
                if isClosed { break }
                continue
            }
            // Nobody there: the client sees its connection closed.
            guard let target, let server = try? Loopback.connect(target) else {
                Loopback.close(client)
                continue
            }
            // Each descriptor is closed once, by the second of the two directions to end.
            let ended = Ended()
            for (source, sink) in [(client, server), (server, client)] {
                Thread {
                    Self.copy(from: source, to: sink)
                    if ended.isSecond() {
                        Loopback.close(client)
                        Loopback.close(server)
                    }
                }.start()
            }
        }
        Loopback.close(listener)
    }

    private final class Ended: Sendable {
        private let count = Mutex(0)
        func isSecond() -> Bool {
            count.withLock { count in
                count += 1
                return count == 2
            }
        }
    }

    private static func copy(from source: Int32, to sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        copying: while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes {
                    send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break copying }
                sent += written
            }
        }
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }
}
