import Fleet
import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The hosts and ports of a master that is not on this machine: `spark://a:7077,b:7077`, `k8s://https://host:6443`; or
/// of a server of somebody else.
///
/// Spark itself tries for a minute and more to reach one that is not there; whether somebody listens is known at once.
struct MasterAddress: Sendable, Hashable {
    /// Who is looked for, in words.
    private let who: String
    let hosts: [Host]

    struct Host: Sendable, Hashable {
        var name: String
        var port: String
    }

    static let limitMilliseconds: Int32 = 5000

    /// nil: names none.
    init?(_ master: String) {
        who = "starting Spark failed: nobody listens at the master \(master)"
        var rest: Substring
        var standard: String?
        if master.hasPrefix("spark://") {
            rest = master.dropFirst("spark://".count)
        } else if master.hasPrefix("k8s://") {
            rest = master.dropFirst("k8s://".count)
            standard = "443"
            for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
                rest = rest.dropFirst(scheme.count)
                if scheme == "http://" { standard = "80" }
            }
            rest = rest.prefix { $0 != "/" }
        } else {
            return nil
        }
        hosts = rest.split(separator: ",").compactMap { one in
            // [::1]:7077
            let colon = one.lastIndex(of: ":").flatMap { one[$0...].contains("]") ? nil : $0 }
            let name = String(colon.map { one[..<$0] } ?? one).trimmingCharacters(in: ["[", "]"])
            guard let port = colon.map({ String(one[one.index(after: $0)...]) }) ?? standard else { return nil }
            return name.isEmpty ? nil : Host(name: name, port: port)
        }
    }

    init(_ remote: SparkRemote) {
        who = "connecting to Spark failed: nobody listens at \(remote.place)"
        hosts = [Host(name: remote.host, port: "\(remote.port)")]
    }

    /// Throws when nobody listens at any of them.
    func check() async throws {
        for host in hosts {
            if try await BlockingLane.run({ Self.answers(host) }) { return }
        }
        throw Failure(
            .unreachable,
            "\(who); see whether it runs there, and whether this machine may connect to it")
    }

    private static func answers(_ host: Host) -> Bool {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host.name, host.port, &hints, &list) == 0 else { return false }
        defer { freeaddrinfo(list) }
        var entry = list
        while let one = entry?.pointee {
            if connects(one) { return true }
            entry = one.ai_next
        }
        return false
    }

    private static func connects(_ address: addrinfo) -> Bool {
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return true }
        guard errno == EINPROGRESS else { return false }
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&wait, 1, limitMilliseconds) == 1 else { return false }
        var problem: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem == 0
    }
}
