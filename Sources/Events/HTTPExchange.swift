import Foundation

/// One request and the status of its answer, over a connection of its own. Blocks, each step for at most the limit.
///
/// Written by hand because Foundation's client needs a library that programs with Swift's own libraries linked in do not
/// find on every machine.
struct HTTPExchange {
    private let place: HTTPPlace
    private let limit: Duration

    init(_ place: HTTPPlace, limit: Duration) {
        self.place = place
        self.limit = limit
    }

    func status(of message: [UInt8]) throws(EventReceiverError) -> Int {
        let connection = try connected()
        defer { close(connection) }
        try send(message, on: connection)
        let line = try firstLine(on: connection)
        let parts = line.split(separator: " ")
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
            throw failed("an answer that is not HTTP")
        }
        return status
    }

    /// The caller's to close.
    private func connected() throws(EventReceiverError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Self.stream
        var found: UnsafeMutablePointer<addrinfo>?
        // The resolver has limits of its own.
        guard getaddrinfo(place.host, String(place.port), &hints, &found) == 0, let found else {
            throw failed("its name is not known")
        }
        defer { freeaddrinfo(found) }
        var reason = "it has no address"
        var next: UnsafeMutablePointer<addrinfo>? = found
        while let address = next?.pointee {
            let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                setLimits(descriptor)
                if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
            }
            reason = Self.lastError
            if descriptor >= 0 { close(descriptor) }
            next = address.ai_next
        }
        throw failed(reason)
    }

    private func setLimits(_ descriptor: Int32) {
        let (seconds, attoseconds) = limit.components
        var time = timeval()
        time.tv_sec = numericCast(seconds)
        time.tv_usec = numericCast(attoseconds / 1_000_000_000_000)
        let size = socklen_t(MemoryLayout<timeval>.size)
        // On Linux the limit of sending is that of connecting, too.
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
        #if canImport(Darwin)
            var isOn: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &isOn, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    private func send(_ message: [UInt8], on connection: Int32) throws(EventReceiverError) {
        var sent = 0
        while sent < message.count {
            let count = message[sent...].withUnsafeBytes { bytes in
                #if canImport(Glibc)
                    Glibc.send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                #else
                    Darwin.send(connection, bytes.baseAddress, bytes.count, 0)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failed(Self.lastError) }
            sent += count
        }
    }

    private func firstLine(on connection: Int32) throws(EventReceiverError) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 512)
        while bytes.count < 4096 {
            let count = recv(connection, &piece, piece.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failed(Self.lastError) }
            guard count > 0 else { break }
            bytes += piece[..<count]
            if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
                return String(decoding: bytes[..<end], as: UTF8.self)
            }
        }
        throw failed("it hung up without an answer")
    }

    private func failed(_ reason: String) -> EventReceiverError {
        EventReceiverError(place: place.description, isTransient: true, reason: reason)
    }

    private static var lastError: String {
        errno == EAGAIN || errno == EINPROGRESS ? "no answer in time" : String(cString: strerror(errno))
    }

    #if canImport(Glibc)
        private static let stream = Int32(SOCK_STREAM.rawValue)
    #else
        private static let stream = SOCK_STREAM
    #endif
}
