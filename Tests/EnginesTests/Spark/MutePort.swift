#if os(Linux)
    import Foundation

    /// A TCP port of this machine that answers nobody, as one behind a firewall: its queue, which nobody empties, is full,
    /// and Linux says nothing to who comes then.
    final class MutePort {
        let port: UInt16
        private var descriptors: [Int32] = []

        struct Failed: Error {}

        init() throws {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let listener = Self.socket()
            let isListening = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, size) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &size) == 0
                }
            }
            port = UInt16(bigEndian: address.sin_port)
            descriptors.append(listener)
            guard isListening else { throw Failed() }
            for _ in 0..<4 {
                let caller = Self.socket()
                descriptors.append(caller)
                withUnsafePointer(to: &address) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(caller, $0, size) }
                }
            }
        }

        deinit { for descriptor in descriptors { close(descriptor) } }

        private static func socket() -> Int32 {
            let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
            return Glibc.socket(AF_INET, Int32(kind), 0)
        }
    }
#endif
