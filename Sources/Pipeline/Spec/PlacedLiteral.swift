/// A value of the pipeline with the type that YAML gives it, and its place.
public struct PlacedLiteral: Hashable, Sendable {
    public var literal: Literal
    /// A variable has a part in it: then the literal is a text, which takes the type of the column that it is for.
    public var isFromVariable: Bool
    public var place: FieldPlace

    public init(_ literal: Literal, isFromVariable: Bool = false, _ place: FieldPlace = FieldPlace(path: "")) {
        self.literal = literal
        self.isFromVariable = isFromVariable
        self.place = place
    }
}
