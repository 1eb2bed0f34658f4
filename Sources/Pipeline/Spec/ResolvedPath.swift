/// A path of a pipeline as one absolute text: equal for every spelling of the same place, without looking at any disk.
public enum ResolvedPath {
    /// `./out//daily/` in `/base` is `/base/out/daily`. A URI (`s3://…`) is left as it is, but for slashes at its end.
    public static func absolute(_ path: String, in baseDirectory: String) -> String {
        guard !path.contains("://") else { return trimmed(path) }
        let full = path.hasPrefix("/") ? path : baseDirectory + "/" + path
        var parts: [Substring] = []
        for part in full.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The path of a file that `file` refers to relative to its own folder.
    static func beside(_ file: String, _ path: String) -> String {
        guard !path.hasPrefix("/"), !path.contains("://"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }

    private static func trimmed(_ uri: String) -> String {
        var uri = uri[...]
        while uri.hasSuffix("/"), !uri.hasSuffix("://") { uri.removeLast() }
        return String(uri)
    }
}
