import Foundation

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a running process has used so far, as the system tells; nil where it does not.
struct ProcessUsage: Sendable, Hashable {
    var residentBytes: Int64?
    /// Since the process began, or since `resetPeak`.
    var peakResidentBytes: Int64?
    /// User and system time since the process began.
    var cpuSeconds: Double?

    #if canImport(Darwin)
        init(of process: pid_t) {
            var info = rusage_info_v4()
            let code = withUnsafeMutablePointer(to: &info) {
                $0.withMemoryRebound(to: rusage_info_t?.self, capacity: 1) {
                    proc_pid_rusage(process, RUSAGE_INFO_V4, $0)
                }
            }
            guard code == 0 else { return }
            residentBytes = Int64(info.ri_resident_size)
            peakResidentBytes = Int64(info.ri_lifetime_max_phys_footprint)
            var base = mach_timebase_info_data_t()
            mach_timebase_info(&base)
            let ticks = Double(info.ri_user_time + info.ri_system_time)
            cpuSeconds = ticks * Double(base.numer) / Double(base.denom) / 1e9
        }

        /// Not possible here: the peak is that of the process's whole life.
        static func resetPeak(of process: pid_t) {}
    #else
        init(of process: pid_t) {
            // A process that has ended has no files there: then nothing is known, which is what nil says.
            if let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) {
                residentBytes = Self.kibibytes("VmRSS:", in: status).map { $0 * 1024 }
                peakResidentBytes = Self.kibibytes("VmHWM:", in: status).map { $0 * 1024 }
            }
            if let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) {
                // The name in brackets may hold anything; fields are counted behind it. utime and stime are 14 and 15.
                let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
                if fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) {
                    cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
                }
            }
        }

        /// Lets the peak count from now. Best effort: without the right to, the peak is that of the process's life.
        static func resetPeak(of process: pid_t) {
            guard let file = FileHandle(forWritingAtPath: "/proc/\(process)/clear_refs") else { return }
            defer { file.closeFile() }
            // See above: a peak that was not reset is too high, and never wrong enough to fail a run for it.
            try? file.write(contentsOf: Data("5".utf8))
        }

        private static func kibibytes(_ key: String, in status: String) -> Int64? {
            guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
            return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int64($0) }
        }
    #endif
}
