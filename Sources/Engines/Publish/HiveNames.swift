/// Names of partition folders, `column=value`.
///
/// DuckDB escapes every character beyond letters, digits and a few signs, bytes of UTF-8 included, which Spark reads
/// back as other text. Spark escapes what file systems and Hive cannot hold; that is what is published, since both
/// read it right.
enum HiveNames {
    /// What nothing and an empty text are called.
    static let null = "__HIVE_DEFAULT_PARTITION__"

    /// DuckDB's name for a partition as Spark would write it; a name that is no partition as it is.
    static func spelt(_ name: String) -> String {
        let parts = name.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return name }
        let value = escaped(unescaped(parts[1]))
        return "\(escaped(unescaped(parts[0])))=\(value.isEmpty ? null : value)"
    }

    /// As Hive's `escapePathName`, which Spark uses.
    static func escaped(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        for byte in bytes {
            if byte < 0x20 || byte == 0x7f || special.contains(byte) {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static let special = Set(##""#%'*/:=?\{[]^"##.utf8)
    private static let digits = Array("0123456789ABCDEF".utf8)

    static func unescaped(_ bytes: Substring.UTF8View) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.dropFirst().prefix(2))), radix: 16) {
                result.append(value)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// Renames the partition folders of a staged result, outermost last. Blocking.
    static func respell(below folder: String) throws(FileSystemError) {
        for name in try FileSystem.names(in: folder) {
            let path = "\(folder)/\(name)"
            guard try FileSystem.entry(at: path)?.isFolder == true else { continue }
            try respell(below: path)
            let spelt = Self.spelt(name)
            guard !spelt.utf8.elementsEqual(name.utf8) else { continue }
            try FileSystem.rename(path, to: "\(folder)/\(spelt)")
        }
    }
}
