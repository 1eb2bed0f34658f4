import Foundation
import Synchronization

/// A TCP port in front of a Unix socket, whose traffic can be cut and healed: one worker's network to PostgreSQL.
///
/// A cut holds bytes back and loses none, as a network does under TCP: after `heal` they arrive late. Connections
/// made during a cut wait.
final class CutProxy: Sendable {
    private struct State {
        var isCut = false
        /// Added to every piece on its way to the client.
        var answerDelay: Duration = .zero
        var isClosed = false
        var connections: [Int32] = []
    }

    let port: UInt16
    private let listener: Int32
    private let target: String
    private let state = Mutex(State())

    /// `target` is the path of a Unix socket.
    init(to target: String) throws {
        self.target = target
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard bound else { throw Program.Unexpected("the proxy could not listen: \(String(cString: strerror(errno)))") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in acceptAll() }
    }

    func cut() { state.withLock { $0.isCut = true } }

    func heal() { state.withLock { $0.isCut = false } }

    func delayAnswers(_ delay: Duration) { state.withLock { $0.answerDelay = delay } }

    /// Ends everything, also the threads.
    func close() {
        let open = state.withLock { state in
            state.isClosed = true
            state.isCut = false
            defer { state.connections = [] }
            return state.connections
        }
        for connection in open { shutdown(connection, Int32(SHUT_RDWR)) }
        shutdown(listener, Int32(SHUT_RDWR))
        Foundation.close(listener)
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            Thread.detachNewThread { [self] in serve(client) }
        }
    }

    private func serve(_ client: Int32) {
        waitWhileCut()
        let server = connectToTarget()
        guard server >= 0 else {
            Foundation.close(client)
            return
        }
        let isOpen = state.withLock { state in
            if !state.isClosed { state.connections += [client, server] }
            return !state.isClosed
        }
        let group = DispatchGroup()
        if isOpen {
            group.enter()
            Thread.detachNewThread { [self] in
                pump(from: server, to: client, isAnswer: true)
                group.leave()
            }
            pump(from: client, to: server, isAnswer: false)
            group.wait()
        }
        state.withLock { state in state.connections.removeAll { $0 == client || $0 == server } }
        Foundation.close(client)
        Foundation.close(server)
    }

    private func pump(from source: Int32, to sink: Int32, isAnswer: Bool) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if isAnswer {
                let delay = state.withLock { $0.answerDelay }
                if delay > .zero { usleep(UInt32(delay / .microseconds(1))) }
            }
            waitWhileCut()
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes {
                    send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { break }
                sent += written
            }
            guard sent == count else { break }
        }
        // The other direction ends as well.
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }

    /// A thread of this proxy may wait: it has nothing else to do.
    private func waitWhileCut() {
        while state.withLock({ $0.isCut && !$0.isClosed }) { usleep(5_000) }
    }

    private func connectToTarget() -> Int32 {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = fcntl(server, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(target.utf8.prefix($0.count - 1))) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            Foundation.close(server)
            return -1
        }
        return server
    }
}
