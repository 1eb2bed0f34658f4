import Foundation
import Synchronization

@testable import Engines

/// A TCP port in front of another one of this machine, whose connections can be cut at any moment, as a router that is
/// started anew does. Those that are made afterwards are let through.
final class CuttingProxy: Sendable {
    private struct State {
        var open: Set<Int32> = []
        var cuts = 0
    }

    let port: Int
    private let listener: Int32
    private let target: Int
    private let state = Mutex(State())

    struct Failed: Error {}

    init(to target: Int) throws {
        self.target = target
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard bound else { throw Failed() }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        listener = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// Connections that have been cut so far.
    var cuts: Int { state.withLock { $0.cuts } }

    func cut() {
        state.withLock { state in
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
            state.cuts += state.open.count / 2
        }
    }

    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return address
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else {
                Foundation.close(listener)
                return
            }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.address(target)
            let connected = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard connected else {
                Foundation.close(server)
                Foundation.close(client)
                continue
            }
            state.withLock { $0.open.formUnion([client, server]) }
            let ends = Ends()
            for (from, to) in [(client, server), (server, client)] {
                Thread.detachNewThread { [self] in
                    Self.pump(from, to)
                    shutdown(from, Int32(SHUT_RDWR))
                    shutdown(to, Int32(SHUT_RDWR))
                    // Whoever is last: a number that is closed may be another connection's at once.
                    if ends.isLast() {
                        state.withLock { $0.open.subtract([client, server]) }
                        Foundation.close(client)
                        Foundation.close(server)
                    }
                }
            }
        }
    }

    private static func pump(_ from: Int32, _ to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            var sent = 0
            while sent < count {
                let more = buffer.withUnsafeBytes { bytes in
                    send(to, bytes.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard more > 0 else { return }
                sent += more
            }
        }
    }
}

/// Of the two directions of a connection.
private final class Ends: Sendable {
    private let ended = Mutex(0)

    func isLast() -> Bool {
        ended.withLock {
            $0 += 1
            return $0 == 2
        }
    }
}
