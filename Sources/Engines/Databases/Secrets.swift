import Fleet

/// Looks up what secrets stand for, where the run executes and only then. Its answers are never stored or shown.
public struct Secrets: Sendable {
    /// nil: not set. Throws a `Failure` that holds no value.
    let value: @Sendable (String) throws -> String?
    /// Where the secret of that name was looked for, for people.
    let places: @Sendable (String) -> String

    public init(
        places: @escaping @Sendable (String) -> String, value: @escaping @Sendable (String) throws -> String?
    ) {
        self.value = value
        self.places = places
    }

    /// Knows no secret.
    public static let none = Secrets(places: { _ in "nowhere: none are known here" }, value: { _ in nil })
}
