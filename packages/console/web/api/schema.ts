// Written by `npx tsx test/console/write-schema.ts` from the OpenAPI document.
export interface paths {
    "/caller": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller, its address, and the rules for tokens */
        get: operations["describeCaller"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The scopes of the catalog, or the named ones, and which of them the caller may grant */
        get: operations["listScopes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of tokens, by default the newest first; the other orders ascend by default */
        get: operations["listTokens"];
        put?: never;
        /** Make a token; the answer has its secret, once */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token */
        get: operations["getToken"];
        put?: never;
        post?: never;
        /** Remove a token; its history stays */
        delete: operations["deleteToken"];
        options?: never;
        head?: never;
        /** Change name, description, scopes, addresses or expiry */
        patch: operations["updateToken"];
        trace?: never;
    };
    "/tokens/{token_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Uses of a token and changes to it, the newest first */
        get: operations["listTokenEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token_id}/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The scopes of a token with the last recorded use of each */
        get: operations["listScopeUses"];
        put?: never;
        /** Add scopes, effective at the next request */
        post: operations["addScopes"];
        /** Remove all scopes */
        delete: operations["clearScopes"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token_id}/scopes/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove scopes, effective at the next request */
        post: operations["removeScopes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token_id}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When the latest secrets of a token were made, were last used, and end; the newest first */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new secret for an active token; the old one ends at once, or after an overlap */
        post: operations["rotateToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The end of a token, which stays on record */
        post: operations["revokeToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tokens/{token_id}/regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new secret and a new life for a revoked or expired token */
        post: operations["regenerateToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The scopes of the catalog, or the named ones, and which of them the caller may grant */
        get: operations["listScopesOfPrincipal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of tokens, by default the newest first; the other orders ascend by default */
        get: operations["listTokensOfPrincipal"];
        put?: never;
        /** Make a token; the answer has its secret, once */
        post: operations["createTokenOfPrincipal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One token */
        get: operations["getTokenOfPrincipal"];
        put?: never;
        post?: never;
        /** Remove a token; its history stays */
        delete: operations["deleteTokenOfPrincipal"];
        options?: never;
        head?: never;
        /** Change name, description, scopes, addresses or expiry */
        patch: operations["updateTokenOfPrincipal"];
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Uses of a token and changes to it, the newest first */
        get: operations["listTokenEventsOfPrincipal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The scopes of a token with the last recorded use of each */
        get: operations["listScopeUsesOfPrincipal"];
        put?: never;
        /** Add scopes, effective at the next request */
        post: operations["addScopesOfPrincipal"];
        /** Remove all scopes */
        delete: operations["clearScopesOfPrincipal"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}/scopes/remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Remove scopes, effective at the next request */
        post: operations["removeScopesOfPrincipal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When the latest secrets of a token were made, were last used, and end; the newest first */
        get: operations["listSecretsOfPrincipal"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new secret for an active token; the old one ends at once, or after an overlap */
        post: operations["rotateTokenOfPrincipal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The end of a token, which stays on record */
        post: operations["revokeTokenOfPrincipal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}/tokens/{token_id}/regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new secret and a new life for a revoked or expired token */
        post: operations["regenerateTokenOfPrincipal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The organization's principals, in the order of their ids */
        get: operations["listPrincipals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/principals/{principal_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One principal */
        get: operations["getPrincipal"];
        /** Add a principal, or replace its ceiling; `disabled_at` stays as it is where it is left out */
        put: operations["putPrincipal"];
        post?: never;
        /** Remove a principal with its tokens; its events are kept, pseudonymised or erased */
        delete: operations["erasePrincipal"];
        options?: never;
        head?: never;
        /** Disable or enable a principal, or change its ceiling */
        patch: operations["updatePrincipal"];
        trace?: never;
    };
    "/organization/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page of the tokens of all principals, in the orders of the list of tokens */
        get: operations["listOrganizationTokens"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Uses of tokens and changes to them, the newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/self": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The token that is presented */
        get: operations["inspectSelf"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/self/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new secret for the token that is presented */
        post: operations["rotateSelf"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/self/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The end of the token that is presented */
        post: operations["revokeSelf"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whether a token of the organization is good, and for what (RFC 7662) */
        post: operations["introspectToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Revoke the presented token (RFC 7009); an unknown token gets the same answer */
        post: operations["revokePresentedToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Caller: {
            id: string;
            organization_id: string;
            /** @description `null` for a caller without tokens of its own */
            principal_id: string | null;
            /** @description Whether it sees the principals and the audit log */
            administers: boolean;
            /** @description Whether it may manage tokens of other principals */
            manages: boolean;
            /** @description The address of the client, where it is known */
            client_ip: string | null;
            /** @description Whether `*` is a wildcard in scopes */
            wildcards: boolean;
            policy: components["schemas"]["Policy"];
        };
        Policy: {
            /** @description The life of a token without an end of its own */
            default_lifetime_seconds: number | null;
            minimum_lifetime_seconds: number | null;
            maximum_lifetime_seconds: number | null;
            lifetime_required: boolean;
            /** @description A token that is unused for so long expires */
            idle_seconds: number | null;
            maximum_tokens: number | null;
            maximum_overlap_seconds: number;
        };
        Problem: {
            type: string;
            title: string;
            status: number;
            code: string;
            detail: string;
            errors?: {
                field: string;
                message: string;
            }[];
            request_id?: string;
        };
        Scope: {
            name: string;
            label: string;
            /** @description Whether the caller may give it to a token of this owner */
            grantable: boolean;
        };
        IssuedToken: components["schemas"]["Token"] & {
            /** @description The token itself: shown once and never stored */
            secret: string;
        };
        Token: {
            id: string;
            name: string;
            description: string | null;
            /**
             * @description Prefix and last four characters of the secret
             * @example acme_pat_…x7Kq
             */
            hint: string;
            /** @enum {string} */
            status: "active" | "expired" | "revoked";
            scopes: string[];
            user_id: string | null;
            ip_allowlist: string[] | null;
            /**
             * Format: date-time
             * @example 2030-01-31T12:00:00Z
             */
            created_at: string;
            created_by: string;
            /**
             * Format: date-time
             * @description When its present life began
             * @example 2030-01-31T12:00:00Z
             */
            issued_at: string;
            /**
             * Format: date-time
             * @example 2030-01-31T12:00:00Z
             */
            expires_at: string | null;
            /**
             * Format: date-time
             * @description The end that holds: expires_at, or an earlier one by the policy
             * @example 2030-01-31T12:00:00Z
             */
            ends_at: string | null;
            /**
             * Format: date-time
             * @example 2030-01-31T12:00:00Z
             */
            revoked_at: string | null;
            /**
             * Format: date-time
             * @example 2030-01-31T12:00:00Z
             */
            last_used_at: string | null;
            last_used_ip: string | null;
            use_count: number;
        };
        AuditEvent: {
            id: string;
            /**
             * Format: date-time
             * @example 2030-01-31T12:00:00Z
             */
            at: string;
            /** @enum {string} */
            kind: "use" | "refused" | "change";
            outcome: string;
            actor_id: string | null;
            token_id: string | null;
            principal_id: string | null;
            user_id: string | null;
            client_ip: string | null;
            request: {
                id: string | null;
                method: string;
                path: string | null;
                user_agent: string | null;
            } | null;
            required_scopes: string[];
            missing_scopes: string[];
            count: number;
            /** @description Of a change: why, in the words of who made it */
            reason: string | null;
        };
        ScopeUse: {
            scope: string;
            /**
             * Format: date-time
             * @description All uses from this instant on are on record; null where they are not
             * @example 2030-01-31T12:00:00Z
             */
            recorded_since: string | null;
            /**
             * Format: date-time
             * @description The last recorded use
             * @example 2030-01-31T12:00:00Z
             */
            last_used_at: string | null;
        };
        Secret: {
            /**
             * Format: date-time
             * @example 2030-01-31T12:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description Refused from this instant on; null for the life of the token
             * @example 2030-01-31T12:00:00Z
             */
            ends_at: string | null;
            /**
             * Format: date-time
             * @example 2030-01-31T12:00:00Z
             */
            last_used_at: string | null;
            last_used_ip: string | null;
        };
        Principal: {
            id: string;
            /** @enum {string} */
            kind: "user" | "service";
            /** @description What its tokens can do at most; `null` leaves it to the tokens */
            ceiling: string[] | null;
            /**
             * Format: date-time
             * @description Its tokens stop while this is set
             * @example 2030-01-31T12:00:00Z
             */
            disabled_at: string | null;
        };
        ErasedPrincipal: {
            /** @description Who it is in events from now on: a pseudonym, or its id */
            recorded_as: string;
            /** @description Tokens that were removed, or stopped because they acted for it */
            tokens: number;
        };
        OwnedToken: components["schemas"]["Token"] & {
            principal_id: string;
            /** @description Scopes that the ceiling of the owner does not cover */
            scopes_above_owner: string[];
        };
        Introspection: {
            /** @enum {boolean} */
            active: true;
            /** @description Scopes separated by spaces; empty for a token without scopes */
            scope: string;
            /** @enum {string} */
            token_type: "Bearer";
            exp?: number;
            iat: number;
            /** @description The acting user, or else the principal */
            sub: string;
            /** @description The principal that owns the token */
            client_id: string;
            jti: string;
        } | {
            /** @enum {boolean} */
            active: false;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    describeCaller: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The caller, its address, and the rules for tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Caller"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listScopes: {
        parameters: {
            query?: {
                /** @description Scopes instead of those of the catalog, separated by spaces */
                names?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The scopes of the catalog, or the named ones, and which of them the caller may grant */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Scope"][];
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokens: {
        parameters: {
            query?: {
                status?: "active" | "expired" | "revoked" | "all";
                search?: string;
                ends_before?: string;
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_maximum_lifetime_seconds?: number;
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_idle_seconds?: number;
                /** @description Default `ended`. `shortened`: tokens that would live on under the policy, with an earlier end; idle time gives none */
                policy_effect?: "ended" | "shortened";
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_lifetime_required?: "true" | "false";
                sort?: "created_at" | "name" | "last_used_at" | "expires_at" | "ends_at";
                order?: "asc" | "desc";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tokens, by default the newest first; the other orders ascend by default */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Token"][];
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description Unguessable. A request that repeats it is answered like the first one, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    description?: string | null;
                    scopes?: string[];
                    ip_allowlist?: string[] | null;
                    user_id?: string | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                    expires_in_days?: number;
                };
            };
        };
        responses: {
            /** @description Make a token; the answer has its secret, once */
            201: {
                headers: {
                    /** @description Relative to the path of the request */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Remove a token; its history stays */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    description?: string | null;
                    scopes?: string[];
                    ip_allowlist?: string[] | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                };
                "application/merge-patch+json": {
                    name?: string;
                    description?: string | null;
                    scopes?: string[];
                    ip_allowlist?: string[] | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Change name, description, scopes, addresses or expiry */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokenEvents: {
        parameters: {
            query?: {
                outcome?: "allowed" | "denied" | "changed";
                reason?: "missing_credential" | "malformed_credential" | "malformed_token" | "unknown_token" | "revoked" | "superseded" | "expired" | "principal_disabled" | "user_disabled" | "ip_denied" | "user_required" | "insufficient_scope" | "rate_limited" | "unavailable";
                client_ip?: string;
                request_id?: string;
                from?: string;
                until?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Uses of a token and changes to it, the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEvent"][];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listScopeUses: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The scopes of a token with the last recorded use of each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ScopeUse"][];
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addScopes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    scopes: string[];
                };
            };
        };
        responses: {
            /** @description Add scopes, effective at the next request */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    clearScopes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Remove all scopes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeScopes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    scopes: string[];
                };
            };
        };
        responses: {
            /** @description Remove scopes, effective at the next request */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSecrets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description When the latest secrets of a token were made, were last used, and end; the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Secret"][];
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description Unguessable. A request that repeats it is answered like the first one, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    overlap_seconds?: number;
                };
            };
        };
        responses: {
            /** @description A new secret for an active token; the old one ends at once, or after an overlap */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string | null;
                };
            };
        };
        responses: {
            /** @description The end of a token, which stays on record */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    regenerateToken: {
        parameters: {
            query?: never;
            header?: {
                /** @description Unguessable. A request that repeats it is answered like the first one, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                    expires_in_days?: number;
                };
            };
        };
        responses: {
            /** @description A new secret and a new life for a revoked or expired token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listScopesOfPrincipal: {
        parameters: {
            query?: {
                /** @description Scopes instead of those of the catalog, separated by spaces */
                names?: string;
            };
            header?: never;
            path: {
                principal_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The scopes of the catalog, or the named ones, and which of them the caller may grant */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Scope"][];
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokensOfPrincipal: {
        parameters: {
            query?: {
                status?: "active" | "expired" | "revoked" | "all";
                search?: string;
                ends_before?: string;
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_maximum_lifetime_seconds?: number;
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_idle_seconds?: number;
                /** @description Default `ended`. `shortened`: tokens that would live on under the policy, with an earlier end; idle time gives none */
                policy_effect?: "ended" | "shortened";
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_lifetime_required?: "true" | "false";
                sort?: "created_at" | "name" | "last_used_at" | "expires_at" | "ends_at";
                order?: "asc" | "desc";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                principal_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tokens, by default the newest first; the other orders ascend by default */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Token"][];
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createTokenOfPrincipal: {
        parameters: {
            query?: never;
            header?: {
                /** @description Unguessable. A request that repeats it is answered like the first one, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                principal_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    description?: string | null;
                    scopes?: string[];
                    ip_allowlist?: string[] | null;
                    user_id?: string | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                    expires_in_days?: number;
                };
            };
        };
        responses: {
            /** @description Make a token; the answer has its secret, once */
            201: {
                headers: {
                    /** @description Relative to the path of the request */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTokenOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteTokenOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Remove a token; its history stays */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updateTokenOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    name?: string;
                    description?: string | null;
                    scopes?: string[];
                    ip_allowlist?: string[] | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                };
                "application/merge-patch+json": {
                    name?: string;
                    description?: string | null;
                    scopes?: string[];
                    ip_allowlist?: string[] | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Change name, description, scopes, addresses or expiry */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listTokenEventsOfPrincipal: {
        parameters: {
            query?: {
                outcome?: "allowed" | "denied" | "changed";
                reason?: "missing_credential" | "malformed_credential" | "malformed_token" | "unknown_token" | "revoked" | "superseded" | "expired" | "principal_disabled" | "user_disabled" | "ip_denied" | "user_required" | "insufficient_scope" | "rate_limited" | "unavailable";
                client_ip?: string;
                request_id?: string;
                from?: string;
                until?: string;
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Uses of a token and changes to it, the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEvent"][];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listScopeUsesOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The scopes of a token with the last recorded use of each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["ScopeUse"][];
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    addScopesOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    scopes: string[];
                };
            };
        };
        responses: {
            /** @description Add scopes, effective at the next request */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    clearScopesOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Remove all scopes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    removeScopesOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    scopes: string[];
                };
            };
        };
        responses: {
            /** @description Remove scopes, effective at the next request */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listSecretsOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description When the latest secrets of a token were made, were last used, and end; the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Secret"][];
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateTokenOfPrincipal: {
        parameters: {
            query?: never;
            header?: {
                /** @description Unguessable. A request that repeats it is answered like the first one, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    overlap_seconds?: number;
                };
            };
        };
        responses: {
            /** @description A new secret for an active token; the old one ends at once, or after an overlap */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeTokenOfPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string | null;
                };
            };
        };
        responses: {
            /** @description The end of a token, which stays on record */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    regenerateTokenOfPrincipal: {
        parameters: {
            query?: never;
            header?: {
                /** @description Unguessable. A request that repeats it is answered like the first one, for a day */
                "Idempotency-Key"?: string;
            };
            path: {
                principal_id: string;
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    expires_at?: string | null;
                    expires_in_days?: number;
                };
            };
        };
        responses: {
            /** @description A new secret and a new life for a revoked or expired token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listPrincipals: {
        parameters: {
            query?: {
                kind?: "user" | "service";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The organization's principals, in the order of their ids */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["Principal"][];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One principal */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Principal"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    putPrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    kind: "user" | "service";
                    ceiling: string[] | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    disabled_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Add a principal, or replace its ceiling; `disabled_at` stays as it is where it is left out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Principal"];
                };
            };
            /** @description Add a principal, or replace its ceiling; `disabled_at` stays as it is where it is left out */
            201: {
                headers: {
                    /** @description Relative to the path of the request */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Principal"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    erasePrincipal: {
        parameters: {
            query: {
                /** @description What becomes of the events that are about it */
                events: "keep" | "pseudonymise" | "erase";
            };
            header?: never;
            path: {
                principal_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Remove a principal with its tokens; its events are kept, pseudonymised or erased */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasedPrincipal"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    updatePrincipal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                principal_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    ceiling?: string[] | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    disabled_at?: string | null;
                };
                "application/merge-patch+json": {
                    ceiling?: string[] | null;
                    /**
                     * Format: date-time
                     * @example 2030-01-31T12:00:00Z
                     */
                    disabled_at?: string | null;
                };
            };
        };
        responses: {
            /** @description Disable or enable a principal, or change its ceiling */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Principal"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listOrganizationTokens: {
        parameters: {
            query?: {
                status?: "active" | "expired" | "revoked" | "all";
                search?: string;
                ends_before?: string;
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_maximum_lifetime_seconds?: number;
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_idle_seconds?: number;
                /** @description Default `ended`. `shortened`: tokens that would live on under the policy, with an earlier end; idle time gives none */
                policy_effect?: "ended" | "shortened";
                /** @description Tokens that such a policy would have ended by now; with `status=active`, a dry run of it */
                policy_lifetime_required?: "true" | "false";
                sort?: "created_at" | "name" | "last_used_at" | "expires_at" | "ends_at";
                order?: "asc" | "desc";
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the tokens of all principals, in the orders of the list of tokens */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["OwnedToken"][];
                        next_cursor: string | null;
                        total: number;
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                outcome?: "allowed" | "denied" | "changed";
                reason?: "missing_credential" | "malformed_credential" | "malformed_token" | "unknown_token" | "revoked" | "superseded" | "expired" | "principal_disabled" | "user_disabled" | "ip_denied" | "user_required" | "insufficient_scope" | "rate_limited" | "unavailable";
                client_ip?: string;
                request_id?: string;
                from?: string;
                until?: string;
                limit?: number;
                cursor?: string;
                token_id?: string;
                principal_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Uses of tokens and changes to them, the newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        items: components["schemas"]["AuditEvent"][];
                        next_cursor: string | null;
                    };
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inspectSelf: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token that is presented */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateSelf: {
        parameters: {
            query?: never;
            header?: {
                /** @description Unguessable. A request that repeats it is answered like the first one, for a day */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    overlap_seconds?: number;
                };
            };
        };
        responses: {
            /** @description A new secret for the token that is presented */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IssuedToken"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeSelf: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    reason?: string | null;
                };
            };
        };
        responses: {
            /** @description The end of the token that is presented */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    introspectToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    token: string;
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description Whether a token of the organization is good, and for what (RFC 7662) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Introspection"];
                };
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokePresentedToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    token: string;
                    token_type_hint?: string;
                };
            };
        };
        responses: {
            /** @description Revoke the presented token (RFC 7009); an unknown token gets the same answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A problem */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
