import { Navigate, Outlet, Route, Routes } from "react-router";
import { GuestLayout } from "./components/guest-layout.tsx";
import { GuestOnly } from "./components/guest-only.tsx";
import { RequireSession } from "./components/require-session.tsx";
import { RouteFocus } from "./components/route-focus.tsx";
import { AccountPage } from "./pages/account.tsx";
import { ChatPage } from "./pages/chat.tsx";
import { CheckYourMailPage } from "./pages/check-your-mail.tsx";
import { DashboardPage } from "./pages/dashboard.tsx";
import { ForgotPasswordPage } from "./pages/forgot-password.tsx";
import { LoginPage } from "./pages/login.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { OAuthCallbackPage } from "./pages/oauth-callback.tsx";
import { ResetPasswordPage } from "./pages/reset-password.tsx";
import { SignupPage } from "./pages/signup.tsx";
import { VerifyPage } from "./pages/verify.tsx";

/** Which page each path shows. */
export function App() {
  return (
    <>
      <RouteFocus />
      <Routes>
        <Route element={<RequireSession />}>
          <Route index element={<Navigate to="/dashboard" replace />} />
          <Route path="dashboard" element={<DashboardPage />} />
          <Route path="chat/:threadId?" element={<ChatPage />} />
          <Route path="account" element={<AccountPage />} />
        </Route>
        <Route element={<GuestLayout><Outlet /></GuestLayout>}>
          <Route path="signup" element={<GuestOnly><SignupPage /></GuestOnly>} />
          <Route path="login" element={<GuestOnly><LoginPage /></GuestOnly>} />
          <Route path="check-your-mail" element={<CheckYourMailPage />} />
          <Route path="verify" element={<VerifyPage />} />
          <Route path="forgot-password" element={<ForgotPasswordPage />} />
          <Route path="reset-password" element={<ResetPasswordPage />} />
          <Route path="oauth/callback" element={<OAuthCallbackPage />} />
          <Route path="*" element={<NotFoundPage />} />
        </Route>
      </Routes>
    </>
  );
}
