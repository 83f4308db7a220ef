//! `replies!`: pairs each request of a contract with its reply, and has the compiler check both sides.

/// Pairs each request with its reply: the one place where a contract is put together.
///
/// It stands beside the enums `Request` and `Response` of the contract, one contract per module, and writes
/// implementations only: every name is declared by you. Each request names a variant of `Request` that holds
/// the struct of the same name, and is paired with a variant of `Response`:
///
/// ```
/// # use schemars::JsonSchema;
/// # use serde::{Deserialize, Serialize};
/// use mistersmith::replies;
///
/// pub struct Counter;
///
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct Add { pub amount: i64 }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct Reset;
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct Watch;
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub enum Request  { Add(Add), Reset(Reset), Watch(Watch) }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub enum Response { Total(i64), Done, Changed(i64) }
/// # #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
/// pub struct TooMuch { pub limit: i64 }
/// # impl std::fmt::Display for TooMuch {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "at most {}", self.limit) }
/// # }
///
/// replies! { Counter refuses TooMuch:
///     Add   => Total(i64),            // one reply
///     Reset => Done,                  // one reply without a value
///     Watch => stream Changed(i64),   // any number of items
/// }
/// ```
///
/// Without `refuses`, the refusal is [`Never`](crate::contract::Never). These do not compile: a variant of
/// `Request` or `Response` that is not listed, a request listed twice, two requests of the same action, a type
/// in the list that is not the variant's.
#[macro_export]
macro_rules! replies {
    // Every entry becomes `{request variant [type] trait associated-type server method kind}`.
    (@read $contract:ident [$refusal:ty] [$($read:tt)*]
        $request:ident => stream $variant:ident $(($item:ty))? $(, $($rest:tt)*)?) => {
        $crate::replies! { @read $contract [$refusal]
            [$($read)* {$request $variant [$($item)?] Subscribe Item ServeStream serve_stream stream}]
            $($($rest)*)? }
    };
    (@read $contract:ident [$refusal:ty] [$($read:tt)*]
        $request:ident => $variant:ident $(($reply:ty))? $(, $($rest:tt)*)?) => {
        $crate::replies! { @read $contract [$refusal]
            [$($read)* {$request $variant [$($reply)?] Ask Reply Serve serve one}]
            $($($rest)*)? }
    };
    (@read $contract:ident [$refusal:ty]
        [$({$request:ident $variant:ident [$($reply:ty)?]
            $kind:ident $reply_type:ident $server:ident $serve:ident $info:ident})+]) => {
        $(
            impl $crate::contract::written::Listed for $request {
                const NAME: &'static str = ::core::stringify!($request);
            }

            impl $crate::contract::$kind for $request {
                type Contract = $contract;
                type $reply_type = $crate::replies!(@type [$($reply)?]);

                const ACTION: &'static str = {
                    const NAME: &str = ::core::stringify!($request);
                    const LENGTH: usize = $crate::contract::written::snake_case_length(NAME);
                    const ACTION: [u8; LENGTH] = $crate::contract::written::snake_case(NAME);
                    $crate::contract::written::text(&ACTION)
                };

                fn into_request(self) -> Request {
                    Request::$request(self)
                }

                fn from_request(request: Request) -> ::core::option::Option<Self> {
                    #[allow(unreachable_patterns, reason = "the only request has no other beside it")]
                    match request {
                        Request::$request(request) => ::core::option::Option::Some(request),
                        _ => ::core::option::Option::None,
                    }
                }

                fn into_response(reply: $crate::replies!(@type [$($reply)?])) -> Response {
                    $crate::replies!(@make $variant [$($reply)?] reply)
                }

                fn from_response(
                    response: Response,
                ) -> ::core::option::Option<$crate::replies!(@type [$($reply)?])> {
                    #[allow(unreachable_patterns, reason = "the only response has no other beside it")]
                    match response {
                        $crate::replies!(@pattern $variant [$($reply)?] reply) => {
                            ::core::option::Option::Some($crate::replies!(@value [$($reply)?] reply))
                        }
                        _ => ::core::option::Option::None,
                    }
                }
            }
        )+

        const _: () = ::core::assert!(
            $crate::contract::written::all_distinct(
                &[$(<$request as $crate::contract::$kind>::ACTION),+]
            ),
            "two requests of this contract have the same action: their names in snake case are equal"
        );

        impl $crate::contract::Contract for $contract {
            const NAME: &'static str = ::core::stringify!($contract);

            type Request = Request;
            type Response = Response;
            type Refusal = $refusal;

            fn requests() -> &'static [$crate::contract::RequestInfo] {
                const COUNT: usize = [$(::core::stringify!($request)),+].len();
                static REQUESTS: [$crate::contract::RequestInfo; COUNT] =
                    [$($crate::contract::RequestInfo::$info::<$request>()),+];
                &REQUESTS
            }

            fn name_of(request: &Request) -> &'static str {
                match request {
                    $(Request::$request(_) => <$request as $crate::contract::$kind>::ACTION),+
                }
            }

            fn serialize_request<S: $crate::contract::written::Serializer>(
                request: &Request,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                match request {
                    $(Request::$request(request) => {
                        $crate::contract::written::Serialize::serialize(request, serializer)
                    })+
                }
            }

            fn deserialize_request<'de, D: $crate::contract::written::Deserializer<'de>>(
                action: &str,
                deserializer: D,
            ) -> ::core::result::Result<Request, D::Error> {
                match action {
                    $(<$request as $crate::contract::$kind>::ACTION => {
                        <$request as $crate::contract::written::Deserialize>::deserialize(deserializer)
                            .map(Request::$request)
                    })+
                    unknown => ::core::result::Result::Err(
                        $crate::contract::written::DecodeError::unknown_variant(
                            unknown,
                            &[$(<$request as $crate::contract::$kind>::ACTION),+],
                        ),
                    ),
                }
            }

            fn serialize_response<S: $crate::contract::written::Serializer>(
                response: &Response,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #[allow(unreachable_patterns, reason = "several requests may share one response")]
                match response {
                    $($crate::replies!(@pattern $variant [$($reply)?] reply) => {
                        $crate::contract::written::Serialize::serialize(
                            &$crate::replies!(@value [$($reply)?] reply),
                            serializer,
                        )
                    })+
                }
            }

            fn deserialize_response<'de, D: $crate::contract::written::Deserializer<'de>>(
                action: &str,
                deserializer: D,
            ) -> ::core::result::Result<Response, D::Error> {
                match action {
                    $(<$request as $crate::contract::$kind>::ACTION => {
                        $crate::contract::written::Deserialize::deserialize(deserializer)
                            .map(<$request as $crate::contract::$kind>::into_response)
                    })+
                    unknown => ::core::result::Result::Err(
                        $crate::contract::written::DecodeError::unknown_variant(
                            unknown,
                            &[$(<$request as $crate::contract::$kind>::ACTION),+],
                        ),
                    ),
                }
            }
        }

        impl<H, X> $crate::contract::Dispatch<H, X> for $contract
        where
            H: ::core::marker::Send $(+ $crate::contract::$server<$request, X>)+,
            X: ::core::marker::Send,
        {
            async fn dispatch(
                handler: &mut H,
                request: Request,
                with: &mut X,
            ) -> $crate::contract::written::Result<$crate::contract::Dispatched<Self>> {
                match request {
                    $(Request::$request(request) => {
                        <H as $crate::contract::$server<$request, X>>::$serve(handler, request, with)
                            .await
                            .map(::core::convert::Into::into)
                    })+
                }
            }
        }
    };

    (@type []) => { () };
    (@type [$reply:ty]) => { $reply };
    (@make $variant:ident [] $reply:ident) => {{
        let () = $reply;
        Response::$variant
    }};
    (@make $variant:ident [$type:ty] $reply:ident) => { Response::$variant($reply) };
    (@pattern $variant:ident [] $reply:ident) => { Response::$variant };
    (@pattern $variant:ident [$type:ty] $reply:ident) => { Response::$variant($reply) };
    (@value [] $reply:ident) => { () };
    (@value [$type:ty] $reply:ident) => { $reply };

    ($contract:ident refuses $refusal:ty : $($entries:tt)+) => {
        $crate::replies! { @read $contract [$refusal] [] $($entries)+ }
    };
    ($contract:ident : $($entries:tt)+) => {
        $crate::replies! { @read $contract [$crate::contract::Never] [] $($entries)+ }
    };
}
