package dev.carillon.gateway;

import dev.carillon.protocol.ChannelName;
import org.jspecify.annotations.Nullable;

/** In which channels documents are kept. Pure; for any thread. */
public final class DocumentChannels {

    /** The channel of the document {@code x} is {@code document:x}. */
    static final String DOCUMENT = "document:";

    /** Its versions are in {@code document-versions:x}, of which everything is set as it is for the document's channel. */
    static final String VERSIONS = "document-versions:";

    private DocumentChannels() {}

    /** The channel of a document; null where nothing can have that name. */
    static @Nullable ChannelName ofDocument(String name) {
        return ChannelName.parse(DOCUMENT + name);
    }

    /** The channel of the versions of the document in this channel; null where it is none, or its name is too long for that. */
    static @Nullable ChannelName ofVersions(ChannelName document) {
        String name = document.value();
        return name.startsWith(DOCUMENT) ? ChannelName.parse(VERSIONS + name.substring(DOCUMENT.length())) : null;
    }

    /** The channel of the document whose versions are in this one; null where it is for something else. */
    public static @Nullable ChannelName documentOf(ChannelName versions) {
        String name = versions.value();
        return name.startsWith(VERSIONS) ? ChannelName.parse(DOCUMENT + name.substring(VERSIONS.length())) : null;
    }
}
