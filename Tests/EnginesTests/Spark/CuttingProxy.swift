import Foundation
import Synchronization

@testable import Engines

/// A TCP port in front of another one of this machine, whose connections can be cut at any moment, as a router that is
/// started anew does. Those that are made afterwards are let through.
final class CuttingProxy: Sendable {
    private struct State {
        var open: Set<Int32> = []
        var cuts = 0
        /// Whether the next answer of a server is to be ended in its middle.
        var endsNext = false
        var ended = 0
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

    /// Answers that were ended so far.
    var endedAnswers: Int { state.withLock { $0.ended } }

    /// Ends the next answer behind its next piece, as a proxy with a limit of its own does: without a word of how the call
    /// ended, while the connection stays.
    func endNextAnswer() { state.withLock { $0.endsNext = true } }

    private func endsAnswer() -> Bool {
        state.withLock { state in
            guard state.endsNext else { return false }
            state.endsNext = false
            state.ended += 1
            return true
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
                    pump(from, to, isAnswer: from == server)
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

    private func pump(_ from: Int32, _ to: Int32, isAnswer: Bool) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var frames = FrameCourse()
        while true {
            let count = recv(from, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            var rest = buffer[..<count]
            while isAnswer, let (end, stream) = frames.endOfData(in: rest) {
                guard Self.deliver(rest[..<end], to) else { return }
                rest = rest[end...]
                if endsAnswer(), !Self.deliver(FrameCourse.emptyEnd(of: stream)[...], to) { return }
            }
            guard Self.deliver(rest, to) else { return }
        }
    }

    private static func deliver(_ bytes: ArraySlice<UInt8>, _ to: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }
}

/// Where the frames of HTTP/2 begin and end in what a server sends.
private struct FrameCourse {
    private var head: [UInt8] = []
    private var left = 0

    private static let headLength = 9

    /// Goes on to the end of the next frame with data that is not its stream's last; answers with the place behind it. nil:
    /// there is none in these bytes, all of which have been taken.
    mutating func endOfData(in bytes: ArraySlice<UInt8>) -> (end: Int, stream: [UInt8])? {
        var place = bytes.startIndex
        while place < bytes.endIndex {
            if head.count < Self.headLength {
                head.append(bytes[place])
                place += 1
                if head.count < Self.headLength { continue }
                left = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            }
            let step = min(left, bytes.endIndex - place)
            place += step
            left -= step
            guard left == 0 else { return nil }
            let (kind, flags, stream) = (head[3], head[4], Array(head[5...]))
            head = []
            if kind == 0, flags & 1 == 0 { return (place, stream) }
        }
        return nil
    }

    /// A frame of no data that ends the stream.
    static func emptyEnd(of stream: [UInt8]) -> [UInt8] { [0, 0, 0, 0, 1] + stream }
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
