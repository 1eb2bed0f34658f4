/// The version of both executables, as `--version`, worker rows and lineage events show it.
public enum ProgramVersion {
    public static let text = "0.1.0"
}
