#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a running process uses, as the system tells at the moment of asking; nil where it does not.
struct ProcessUsage: Sendable {
    private let process: pid_t

    init(of process: pid_t) { self.process = process }

    #if canImport(Darwin)
        var residentBytes: Int64? { info.map { Int64($0.ri_resident_size) } }

        /// Since the process began.
        var peakResidentBytes: Int64? { info.map { Int64($0.ri_lifetime_max_phys_footprint) } }

        /// User and system time since the process began.
        var cpuSeconds: Double? {
            info.map {
                var base = mach_timebase_info_data_t()
                mach_timebase_info(&base)
                let ticks = Double($0.ri_user_time + $0.ri_system_time)
                return ticks * Double(base.numer) / Double(base.denom) / 1e9
            }
        }

        private var info: rusage_info_v4? {
            var info = rusage_info_v4()
            let code = withUnsafeMutablePointer(to: &info) {
                $0.withMemoryRebound(to: rusage_info_t?.self, capacity: 1) {
                    proc_pid_rusage(process, RUSAGE_INFO_V4, $0)
                }
            }
            return code == 0 ? info : nil
        }

        /// Not possible here: the peak is that of the process's whole life.
        static func resetPeak(of process: pid_t) {}
    #else
        var residentBytes: Int64? { kibibytes("VmRSS:").map { $0 * 1024 } }

        /// Since the process began, or since `resetPeak`.
        var peakResidentBytes: Int64? { kibibytes("VmHWM:").map { $0 * 1024 } }

        /// User and system time since the process began.
        var cpuSeconds: Double? {
            // The name in brackets may hold anything; fields are counted behind it. utime and stime are 14 and 15.
            guard let stat = text("stat"), let name = stat.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
            let fields = stat.utf8[name...].split(separator: UInt8(ascii: " ")).map { Double(Substring($0)) }
            guard fields.count > 13, let user = fields[12], let system = fields[13] else { return nil }
            return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        /// Lets the peak count from now. Best effort: without the right to, the peak is that of the process's life.
        static func resetPeak(of process: pid_t) {
            let descriptor = open("/proc/\(process)/clear_refs", O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            // See above: a peak that was not reset is too high, and never wrong enough to fail a run for it.
            _ = write(descriptor, "5", 1)
        }

        /// The number on a line such as `VmRSS:     1234 kB`.
        private func kibibytes(_ key: String) -> Int64? {
            guard let status = text("status") else { return nil }
            let lines = status.utf8.split(separator: UInt8(ascii: "\n"))
            guard let line = lines.first(where: { $0.starts(with: key.utf8) }) else { return nil }
            let words = line.dropFirst(key.utf8.count).split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            return words.first.flatMap { Int64(Substring($0)) }
        }

        /// A process that has ended has no files there: then nothing is known, which is what nil says.
        private func text(_ name: String) -> String? {
            (try? FileSystem.bytes(of: "/proc/\(process)/\(name)", atMost: 1 << 16)).map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    #endif
}
