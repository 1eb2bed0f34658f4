import Fleet
import Foundation
import Pipeline

/// The databases of one attempt, each attached once: an engine cannot open a file twice.
struct DatabaseAttachments: Sendable {
    private(set) var all: [DatabaseAttachment] = []
    private var byConnection: [(connection: SecretText, index: Int)] = []
    private let resolver: DatabaseResolver

    init(_ resolver: DatabaseResolver) { self.resolver = resolver }

    var isEmpty: Bool { all.isEmpty }

    subscript(_ connection: SecretText) -> DatabaseAttachment? {
        byConnection.first { Self.isSame($0.connection, connection) }.map { all[$0.index] }
    }

    /// Blocking: looks at secrets and files.
    mutating func add(_ connection: SecretText, isReadOnly: Bool, step: String) throws {
        guard self[connection] == nil else { return }
        let address: DatabaseAddress
        do {
            address = try resolver.address(of: connection, isReadOnly: isReadOnly)
        } catch var failure as Failure {
            failure.step = step
            throw failure
        }
        let known = all.firstIndex { $0.address == address }
        byConnection.append((connection, known ?? all.count))
        guard known == nil else { return }
        all.append(DatabaseAttachment(alias: "db\(all.count)", address: address, isReadOnly: isReadOnly))
    }

    /// By code points: equal texts of Unicode may be different passwords.
    private static func isSame(_ left: SecretText, _ right: SecretText) -> Bool {
        left == right
            && left.segments.elementsEqual(right.segments) { "\($0)".utf8.elementsEqual("\($1)".utf8) }
    }
}

/// From a connection as it is written to a place that this worker may use.
struct DatabaseResolver: Sendable {
    var secrets: Secrets
    var baseDirectory: String
    /// Empty: anywhere.
    var allowedRoots: [String]

    /// Blocking. Throws a `Failure` that holds no secret.
    func address(of connection: SecretText, isReadOnly: Bool) throws -> DatabaseAddress {
        var address: DatabaseAddress
        do {
            address = try DatabaseAddress(connection, baseDirectory: baseDirectory, lookup: secrets.value)
        } catch let invalid as InvalidConnection {
            throw Failure(.invalidPipeline, "\(connection.place.path): \(invalid)")
        } catch let missing as MissingSecrets {
            let name = missing.names.first ?? ""
            throw Failure(
                .invalidPipeline,
                "\(missing.path): secret \"\(name)\" is not set where the run executes; looked for it in "
                    + secrets.places(name))
        }
        if address.kind.isFile { try confine(&address, isReadOnly: isReadOnly) }
        return address
    }

    /// False for a file that is not there yet. Blocking.
    func exists(_ connection: SecretText) throws -> Bool {
        // Whatever is wrong with it shows when it is attached.
        guard let known = try? DatabaseAddress(connection, baseDirectory: baseDirectory, lookup: secrets.value),
            known.kind.isFile
        else { return true }
        return try FileSystem.entry(at: known.database) != nil
    }

    private func confine(_ address: inout DatabaseAddress, isReadOnly: Bool) throws {
        address.database = FileSystem.resolved(address.database)
        let path = address.database
        let roots = allowedRoots.map(FileSystem.resolved)
        guard roots.isEmpty || roots.contains(where: { path.utf8.starts(with: "\($0)/".utf8) }) else {
            throw Failure(
                .accessDenied,
                "the database \(path) is not below one of the folders that this worker may use "
                    + "(\(allowedRoots.joined(separator: ", ")))")
        }
        do {
            let found = try FileSystem.entry(at: path)
            if found?.isFolder == true { throw Failure(.invalidPipeline, "the database \(path) is a folder") }
            if found == nil, isReadOnly { throw Failure(.inputMissing, "the database \(path) does not exist") }
            if found == nil { try FileSystem.makeFolders(FileSystem.parent(of: path)) }
        } catch let error as FileSystemError {
            throw error.failure
        }
    }
}
