#if os(Linux)
    import Glibc

    /// What the kernel says of folders (inotify). Belongs to one thread; `close` frees it.
    final class FolderNotices {
        enum Notice {
            /// A writer has closed it, or it was moved there whole.
            case complete(String)
            case newFolder(String)
            /// Some were lost: everything has to be looked at.
            case lost
        }

        private let descriptor: Int32
        private var folders: [Int32: String] = [:]
        private var watched: Set<String> = []

        /// nil where the system gives none.
        init?() {
            descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
            guard descriptor >= 0 else { return nil }
        }

        func close() { _ = Glibc.close(descriptor) }

        /// False when the system refuses: a limit of watches, a folder that is gone or may not be read.
        func watch(_ folder: String) -> Bool {
            guard !watched.contains(folder) else { return true }
            let mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK
            let number = inotify_add_watch(descriptor, folder, UInt32(mask))
            guard number >= 0 else { return false }
            folders[number] = folder
            watched.insert(folder)
            return true
        }

        func forgetAll() {
            for number in folders.keys { _ = inotify_rm_watch(descriptor, number) }
            folders = [:]
            watched = []
        }

        /// Blocks up to `milliseconds` for the first.
        func wait(milliseconds: Int32) -> [Notice] {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, milliseconds) > 0 else { return [] }
            var notices: [Notice] = []
            let size = 65_536
            let buffer = UnsafeMutableRawPointer.allocate(
                byteCount: size, alignment: MemoryLayout<inotify_event>.alignment)
            defer { buffer.deallocate() }
            while true {
                let count = read(descriptor, buffer, size)
                guard count > 0 else { return notices }
                var offset = 0
                while offset + MemoryLayout<inotify_event>.size <= count {
                    let event = (buffer + offset).loadUnaligned(as: inotify_event.self)
                    let start = offset + MemoryLayout<inotify_event>.size
                    offset = start + Int(event.len)
                    guard offset <= count else { break }
                    let bytes = UnsafeRawBufferPointer(start: buffer + start, count: Int(event.len))
                        .prefix { $0 != 0 }
                    if let notice = notice(event, String(validating: bytes, as: UTF8.self)) { notices.append(notice) }
                }
            }
        }

        /// nil for what concerns nobody, names that are no UTF-8 among it.
        private func notice(_ event: inotify_event, _ name: String?) -> Notice? {
            func has(_ flag: Int) -> Bool { event.mask & UInt32(flag) != 0 }
            if has(Int(IN_Q_OVERFLOW)) { return .lost }
            if has(Int(IN_IGNORED)) {
                if let folder = folders.removeValue(forKey: event.wd) { watched.remove(folder) }
                return nil
            }
            guard let folder = folders[event.wd], let name, !name.isEmpty, !name.hasPrefix(".") else { return nil }
            let path = folder == "/" ? "/\(name)" : "\(folder)/\(name)"
            if has(Int(IN_ISDIR)) { return .newFolder(path) }
            return has(Int(IN_CLOSE_WRITE)) || has(Int(IN_MOVED_TO)) ? .complete(path) : nil
        }
    }
#endif
